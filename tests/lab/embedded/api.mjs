// Reads rustdoc's JSON of the crate and the sources of the no-panic image; names every public
// function that the image does not call by its full name, and every one that it calls.
// Trait implementations written by hand count, too, except formatting (see docs/embedded.md).
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const [json, folder] = process.argv.slice(2);
const { index } = JSON.parse(readFileSync(json));
const FORMATTING = new Set(["Debug", "Display", "Error"]);

const lastSegment = (path) => path.split("::").pop();

function* functions() {
  for (const item of Object.values(index)) {
    if (item.crate_id !== 0) continue;
    if (item.inner.module) {
      for (const id of item.inner.module.items) {
        if (index[id]?.inner.function) yield index[id].name;
      }
    }
    const implementation = item.inner.impl;
    if (!implementation || implementation.is_synthetic || implementation.blanket_impl) continue;
    if (item.attrs.some((attribute) => attribute.includes("automatically_derived"))) continue;
    const { trait, items } = implementation;
    const type = implementation.for.resolved_path;
    if (!type || (trait && FORMATTING.has(lastSegment(trait.path ?? trait.name)))) continue;
    for (const id of items) {
      if (index[id]?.inner.function) yield `${lastSegment(type.path ?? type.name)}::${index[id].name}`;
    }
  }
}

const source = readdirSync(folder)
  .map((file) => readFileSync(join(folder, file), "utf8"))
  .join("\n")
  .replace(/\/\/.*$/gm, "");
const called = (name) => new RegExp(`\\b${name.replace("::", "(::<[^>]*>)?::")}\\(`).test(source);

const all = [...new Set(functions())].sort();
const missing = all.filter((name) => !called(name));
for (const name of missing) console.log(`not called: ${name}`);
console.log(`${all.length - missing.length} of ${all.length} public functions called`);
process.exit(missing.length > 0 || all.length === 0 ? 1 : 0);
