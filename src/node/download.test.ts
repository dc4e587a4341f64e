import { createHash } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { PUBLIC_SETS } from "../data/index.js";
import { dataFolder } from "./data-cache.js";
import { download, type DownloadEvent, type RemoteFile } from "./download.js";

const SIZE = 1_500_000;
const content = Buffer.from(Uint8Array.from({ length: SIZE }, (_, i) => (i * 7919 + (i >> 8)) & 255));

type Answer = (request: http.IncomingMessage, response: http.ServerResponse, attempt: number) => void;
let server: http.Server;
let base: string;
let folder: string;
let answers: Record<string, Answer>;
let asked: { url: string; range: string | undefined; encoding: string | undefined }[];

/** All of it, or from where the range begins. */
const whole: Answer = (request, response) => {
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
  if (from === undefined) return response.writeHead(200, { "content-length": SIZE }).end(content);
  const head = { "content-range": `bytes ${from}-${SIZE - 1}/${SIZE}`, "content-length": SIZE - Number(from) };
  response.writeHead(206, head).end(content.subarray(Number(from)));
};
/** Some bytes, and then the socket closes. */
const broken =
  (bytes: number): Answer =>
  (request, response, attempt) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const head = { "content-length": SIZE - from, "content-range": `bytes ${from}-${SIZE - 1}/${SIZE}` };
    response.writeHead(from > 0 ? 206 : 200, head);
    response.write(content.subarray(from, from + bytes), () => setTimeout(() => request.socket.destroy(), 20));
    void attempt;
  };

beforeAll(async () => {
  server = http.createServer((request, response) => {
    const { url = "" } = request;
    const attempt = asked.filter((one) => one.url === url).length;
    asked.push({ url, range: request.headers.range, encoding: request.headers["accept-encoding"] as string });
    const answer = answers[url];
    if (answer === undefined) response.writeHead(404).end("no");
    else answer(request, response, attempt);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "download-"));
  answers = { "/a.bin": whole, "/b.txt": (_, response) => response.end("short") };
  asked = [];
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");
const big = (more: Partial<RemoteFile> = {}): RemoteFile => {
  return { name: "a.bin", url: `${base}/a.bin`, bytes: SIZE, sha256: sha256(content), ...more };
};
const small = (): RemoteFile => ({ name: "b.txt", url: `${base}/b.txt`, bytes: 5, sha256: sha256("short") });
const at = (name: string): string => path.join(folder, name);

async function get(files: readonly RemoteFile[], options = {}): Promise<DownloadEvent[]> {
  const events: DownloadEvent[] = [];
  for await (const event of download(files, folder, options)) events.push(event);
  return events;
}

describe("download", () => {
  test("fetches files one after the other, tells how far it is, and leaves nothing else behind", async () => {
    folder = path.join(folder, "made", "on the way");
    const events = await get([big(), small()]);
    expect(fs.readFileSync(at("a.bin")).equals(content)).toBe(true);
    expect(fs.readFileSync(at("b.txt"), "utf8")).toBe("short");
    expect(fs.readdirSync(folder).sort()).toEqual(["a.bin", "b.txt"]);
    const progress = events.flatMap((event) =>
      event.type === "progress" && event.name === "a.bin" ? [event.received] : [],
    );
    expect(progress.length).toBeGreaterThan(3);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(SIZE);
    expect(events.filter(({ type }) => type === "done")).toEqual([
      { type: "done", name: "a.bin", path: at("a.bin"), fetched: true },
      { type: "done", name: "b.txt", path: at("b.txt"), fetched: true },
    ]);
    expect(asked.map(({ encoding }) => encoding)).toEqual(["identity", "identity"]);
  });

  test("a file that is there and right is not asked for; one that is damaged is replaced", async () => {
    await get([big(), small()]);
    fs.writeFileSync(at("b.txt"), "shart");
    asked = [];
    expect((await get([big(), small()])).filter(({ type }) => type === "done")).toMatchObject([
      { fetched: false },
      { fetched: true },
    ]);
    expect(asked.map(({ url }) => url)).toEqual(["/b.txt"]);
    expect(fs.readFileSync(at("b.txt"), "utf8")).toBe("short");
  });

  test("a name is that of a file in the folder", async () => {
    fs.mkdirSync(at("there"));
    for (const name of ["../a.bin", "sub/a.bin", "..", "", "there"])
      await expect(get([big({ name })])).rejects.toThrow(/^download: name must be .* (file|folders)/);
    expect(asked).toEqual([]);
  });

  test("a download that breaks off goes on from there, by itself and in the next call", async () => {
    answers["/a.bin"] = (request, response, attempt) =>
      (attempt < 2 ? broken(400_000) : whole)(request, response, attempt);
    await get([big()]);
    expect(asked.map(({ range }) => range)).toEqual([undefined, "bytes=400000-", "bytes=800000-"]);
    expect(fs.readFileSync(at("a.bin")).equals(content)).toBe(true);

    fs.rmSync(at("a.bin"));
    asked = [];
    answers["/a.bin"] = broken(500_000);
    await expect(get([big()], { retries: 0 })).rejects.toThrow(
      `broke off after 500000 of ${SIZE} bytes. What came is kept`,
    );
    expect(fs.readdirSync(folder)).toEqual(["a.bin.part"]);
    answers["/a.bin"] = whole;
    const events = await get([big()]);
    expect(events[0]).toEqual({ type: "file", name: "a.bin", received: 500_000, bytes: SIZE });
    expect(fs.readFileSync(at("a.bin")).equals(content)).toBe(true);
  });

  test("nothing that comes ends the retries", async () => {
    answers["/a.bin"] = broken(0);
    await expect(get([big()])).rejects.toMatchObject({ code: "E_DOWNLOAD_INTERRUPTED" });
    expect(asked).toHaveLength(1);
  });

  test("a server that knows no ranges, and one that has less than is here", async () => {
    fs.writeFileSync(at("a.bin.part"), content.subarray(0, 1000));
    answers["/a.bin"] = (_, response) => response.writeHead(200, { "content-length": SIZE }).end(content);
    await get([big()]);
    expect(fs.readFileSync(at("a.bin")).equals(content)).toBe(true);

    fs.rmSync(at("a.bin"));
    fs.writeFileSync(at("a.bin.part"), content.subarray(0, 1000));
    answers["/a.bin"] = (request, response, attempt) =>
      request.headers.range === undefined ? whole(request, response, attempt) : response.writeHead(416).end();
    await get([big()]);
    expect(fs.readFileSync(at("a.bin")).equals(content)).toBe(true);
  });

  test("a beginning of something else is fetched again", async () => {
    fs.writeFileSync(at("a.bin.part"), Buffer.alloc(3000, 1));
    await get([big()]);
    expect(asked.map(({ range }) => range)).toEqual(["bytes=3000-", undefined]);
    fs.renameSync(at("a.bin"), at("a.bin.part"));
    asked = [];
    await get([big()]);
    // It was whole already: only its hash was missing.
    expect(asked).toEqual([]);
  });

  test("bytes that are not those of the list are not kept", async () => {
    const wrong = big({ sha256: sha256("other") });
    await expect(get([wrong])).rejects.toMatchObject({ code: "E_DOWNLOAD_CHECKSUM" });
    await expect(get([wrong])).rejects.toThrow(`not ${SIZE} with ${sha256("other")}. Nothing was kept.`);
    await expect(get([big({ bytes: 1000 })])).rejects.toMatchObject({ code: "E_DOWNLOAD_CHECKSUM" });
    await expect(get([big({ bytes: SIZE + 1 })])).rejects.toThrow(`after ${SIZE} of ${SIZE + 1} bytes`);
    expect(fs.readdirSync(folder)).toEqual(["a.bin.part"]);
  });

  test("a server that says no, and one that is not there", async () => {
    await expect(get([big({ url: `${base}/gone` })])).rejects.toThrow(
      `${base}/gone answered 404. The file is not there`,
    );
    answers["/a.bin"] = (_, response) => response.writeHead(503).end();
    await expect(get([big()])).rejects.toThrow("answered 503. The server is in trouble");
    await expect(get([big({ url: "http://127.0.0.1:1/a.bin" })])).rejects.toThrow("cannot be reached");
    expect(fs.readdirSync(folder)).toEqual([]);
    fs.writeFileSync(at("file"), "");
    folder = at("file");
    await expect(get([big()])).rejects.toMatchObject({ code: "E_RUN_WRITE" });
  });

  test("a signal stops at once, and what came is kept", async () => {
    answers["/a.bin"] = (_, response) => {
      response.writeHead(200, { "content-length": SIZE });
      response.write(content.subarray(0, 600_000));
    };
    const controller = new AbortController();
    const stopped = (async () => {
      for await (const event of download([big()], folder, { signal: controller.signal })) {
        if (event.type === "progress") setTimeout(() => controller.abort(), 50);
      }
    })();
    await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
    expect(fs.statSync(at("a.bin.part")).size).toBe(600_000);
    await expect(get([big()], { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
    answers["/a.bin"] = whole;
    await get([big()]);
    expect(asked.at(-1)!.range).toBe("bytes=600000-");
  });

  test("a consumer that stops leaves what came", async () => {
    for await (const event of download([big()], folder)) if (event.type === "progress") break;
    expect(fs.readdirSync(folder)).toEqual(["a.bin.part"]);
    await get([big()]);
    expect(fs.readFileSync(at("a.bin")).equals(content)).toBe(true);
  });
});

test("the cache is where the user says, where the system keeps caches otherwise", () => {
  const of = (env: Record<string, string>, platform: NodeJS.Platform = "linux"): string =>
    dataFolder(env, platform, "/home/u");
  expect(of({})).toBe("/home/u/.cache/hiddenstate/data");
  expect(of({ XDG_CACHE_HOME: "/c" })).toBe("/c/hiddenstate/data");
  expect(of({ XDG_CACHE_HOME: "relative" })).toBe("/home/u/.cache/hiddenstate/data");
  expect(of({ XDG_CACHE_HOME: "/c", HIDDENSTATE_DATA: "/d" })).toBe("/d");
  expect(of({}, "darwin")).toBe("/home/u/Library/Caches/hiddenstate/data");
  expect(of({ LOCALAPPDATA: "/local" }, "win32")).toBe("/local/hiddenstate/data");
});

describe("the public sets", () => {
  test("have a name, a licence, and files with an address and a hash", () => {
    expect(PUBLIC_SETS.length).toBeGreaterThanOrEqual(5);
    expect(new Set(PUBLIC_SETS.map(({ name }) => name)).size).toBe(PUBLIC_SETS.length);
    for (const { name, licence, source, files } of PUBLIC_SETS) {
      expect(name).toMatch(/^[a-z0-9-]+$/);
      expect(licence + source).not.toBe("");
      expect(new Set(files.map((file) => file.name)).size).toBe(files.length);
      for (const file of files) {
        expect(file.name).toMatch(/^[\w.-]+$/);
        expect(new URL(file.url).protocol).toBe("https:");
        expect(file.url.endsWith(`/${file.name}`)).toBe(true);
        expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(file.bytes).toBeGreaterThan(0);
      }
    }
  });
});
