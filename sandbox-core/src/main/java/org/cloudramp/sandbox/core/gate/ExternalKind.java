package org.cloudramp.sandbox.core.gate;

/** What an import or an export can be. */
enum ExternalKind {
  FUNCTION(0),
  TABLE(1),
  MEMORY(2),
  GLOBAL(3);

  private final int code;

  ExternalKind(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  static ExternalKind read(Cursor cursor) {
    int code = cursor.u8();
    for (ExternalKind kind : values()) {
      if (kind.code == code) {
        return kind;
      }
    }
    throw cursor.malformed("kind " + code + " is not accepted");
  }
}
