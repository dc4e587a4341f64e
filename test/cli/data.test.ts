import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { hiddenstate, temporaryFolder } from "./command.js";

const folder = temporaryFolder();
const SHARED = path.join(import.meta.dirname, "../../../shared/data");

test("data list and info say what there is, under which licence", async () => {
  const list = await hiddenstate(["data", "list"]);
  expect(list).toMatchObject({ code: 0, err: "" });
  expect(list.out).toMatch(/^tinyshakespeare +1\.1 MB {2}Plays/m);
  const sets = (await hiddenstate(["data", "list", "--json"])).out.trim().split("\n");
  for (const set of sets)
    expect(JSON.parse(set)).toMatchObject({ licence: expect.any(String), bytes: expect.any(Number) });
  const info = await hiddenstate(["data", "info", "multi30k"]);
  expect(info.out).toContain("licence    none stated; the pictures are Flickr's");
  expect(info.out).toContain("of a copy taken from that source; it does not publish any");
  expect(JSON.parse((await hiddenstate(["data", "info", "names", "--json"])).out).files).toHaveLength(18);
});

test("a set that there is not is a slip of the hand", async () => {
  const { code, err } = await hiddenstate(["data", "get", "name"]);
  expect([code, err]).toEqual([2, expect.stringContaining('no public set "name". Did you mean "names"?')]);
});

test.skipIf(!fs.existsSync(SHARED))(
  "data get: what is there and right is not fetched (needs ../shared/data)",
  async () => {
    fs.cpSync(path.join(SHARED, "classify/names"), path.join(folder, "cache/names"), { recursive: true });
    const env = { ...process.env, HIDDENSTATE_DATA: path.join(folder, "cache") };
    const { code, out, err } = await hiddenstate(["data", "get", "names"], { env });
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("1/18  Arabic.txt  (was there)\n");
    expect(out).toContain("names is in " + path.join(folder, "cache/names") + ", every file verified\nlicence: MIT");
  },
);
