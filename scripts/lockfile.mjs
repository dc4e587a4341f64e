// Keeps package-lock.json usable everywhere: `npm ci` refuses a lock that lacks the binaries of other platforms, and
// `npm install` forgets those that its registry did not have at that moment. Checks by default; --fix adds the missing
// entries (version, platform) and drops `resolved`, which would tie the lock to one registry.
import { readFileSync, writeFileSync } from "node:fs";
import { at } from "./files.mjs";

const fix = process.argv.includes("--fix");
const lock = JSON.parse(readFileSync(at("package-lock.json"), "utf8"));
const packages = lock.packages;
const problems = [];

const PLATFORM =
  /[/-](aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-(arm64|arm|ia32|loong64|ppc64|riscv64|s390x|x64)(?:-(\w+))?$/;

/** A lock entry for a platform's binary, read off its name: `@oxfmt/binding-linux-x64-musl`. */
function platformEntry(name, version) {
  const [, os, cpu, abi = ""] = PLATFORM.exec(name) ?? [];
  if (os === undefined) return undefined;
  const libc = abi.startsWith("musl") ? ["musl"] : os === "linux" && abi.startsWith("gnu") ? ["glibc"] : undefined;
  return { version, cpu: [cpu], dev: true, ...(libc && { libc }), optional: true, os: [os] };
}

for (const [path, entry] of Object.entries(packages)) {
  if (entry.resolved !== undefined && !entry.link) {
    problems.push(`${path} names a registry`);
    delete entry.resolved;
  }
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (packages[`${path}/node_modules/${name}`] || packages[`node_modules/${name}`]) continue;
    problems.push(`${name}@${version} is missing`);
    const made = platformEntry(name, version);
    if (made) packages[`node_modules/${name}`] = made;
    else console.error(`lockfile: ${name} is no platform's binary; add it by npm install`);
  }
}

if (problems.length === 0) {
  console.log(`lockfile: ${Object.keys(packages).length} packages`);
} else if (fix) {
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, "en"));
  lock.packages = Object.fromEntries(sorted);
  writeFileSync(at("package-lock.json"), `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`lockfile: mended ${problems.length} entries`);
} else {
  for (const problem of problems) console.error(`lockfile: ${problem}`);
  console.error("lockfile: run `node scripts/lockfile.mjs --fix`");
  process.exitCode = 1;
}
