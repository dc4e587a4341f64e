import { expect, test } from "vitest";
import { hiddenstate } from "./command.js";

test("cells come as a table, as JSON, and one by one", async () => {
  const [table, json, page] = await Promise.all([
    hiddenstate(["cells"]),
    hiddenstate(["cells", "--json"]),
    hiddenstate(["cells", "lstm", "--hidden", "7"]),
  ]);
  for (const { code, err } of [table, json, page]) expect([code, err]).toEqual([0, ""]);
  const names = json.out
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { name: string }).name);
  expect(names.length).toBeGreaterThan(5);
  for (const name of names) expect(table.out).toContain(`\n${name} `);
  expect(page.out).toContain("hidden 7");
});
