// Which Castle this is. A test compares it with package.json.

export const castleVersion = "0.1.0";
