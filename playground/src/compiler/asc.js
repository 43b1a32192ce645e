/** AssemblyScript's compiler, which in a browser asks for one thing more: what lies in a folder of a library (`--lib`). There is none. */
import asc from "../../../sdk-assemblyscript/node_modules/assemblyscript/dist/asc.js";

export * from "../../../sdk-assemblyscript/node_modules/assemblyscript/dist/asc.js";

export default { ...asc, main: (words, environment) => asc.main(words, { listFiles: () => [], ...environment }) };
