// The view that fits where the output goes.

import { liveView, plainView, type View } from "./view.ts";

/** @param isJson stdout belongs to the one object: everything else goes to stderr. */
export function viewOn(isJson: boolean): View {
  const stream = isJson ? process.stderr : process.stdout;
  const write = (text: string) => void stream.write(text);
  return stream.isTTY ? liveView(write, () => stream.columns) : plainView(write);
}
