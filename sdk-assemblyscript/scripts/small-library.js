/** For measure-settings.js: a transform that takes the library's smaller code, as the compiler does at shrinkLevel 1. */
export default class SmallLibrary {
  afterParse() {
    this.program.options.shrinkLevelHint = 1;
  }
}
