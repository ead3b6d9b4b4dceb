// Runs an image under Node: prints what it prints, ends with its exit code.
import { readFileSync } from "node:fs";

let memory;
const host = {
  print: (text, length) => process.stdout.write(new Uint8Array(memory.buffer, text, length)),
  exit: (code) => process.exit(code),
};
const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const instance = new WebAssembly.Instance(module, { host });
memory = instance.exports.memory;
instance.exports._start();
process.exit(4); // an image never returns
