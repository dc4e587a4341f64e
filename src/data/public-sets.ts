/**
 * Public data that people train on: where it is, under which licence, and what its bytes are. Nothing of it is part of this
 * package.
 */

/** A file of a public set. */
export interface PublicFile {
  /** Its name in the folder of the set. */
  readonly name: string;
  readonly url: string;
  readonly bytes: number;
  /** Hexadecimal, of the file as it is at `url`. */
  readonly sha256: string;
}

/** Data that anybody may fetch. */
export interface PublicSet {
  readonly name: string;
  /** What it is, in one line. */
  readonly summary: string;
  /** The command that it suits, after `hiddenstate`. */
  readonly suits: string;
  /** As its source states it. */
  readonly licence: string;
  /** Where it comes from, for people. */
  readonly source: string;
  /** How the checksums were made: nobody publishes any. */
  readonly checksums: string;
  readonly files: readonly PublicFile[];
}

const CHECKSUMS = "of a copy taken from that source; it does not publish any";

type Row = readonly [name: string, bytes: number, sha256: string];

/** Files of one folder of a repository at a commit. */
function onGitHub(
  repository: string,
  commit: string,
  folder: string,
  rows: readonly Row[],
): Pick<PublicSet, "source" | "checksums" | "files"> {
  const base = ["https://raw.githubusercontent.com", repository, commit, ...(folder === "" ? [] : [folder])].join("/");
  const files = rows.map(([name, bytes, sha256]) => ({ name, url: `${base}/${name}`, bytes, sha256 }));
  return { source: `https://github.com/${repository}, at commit ${commit}`, checksums: CHECKSUMS, files };
}

/** The public sets, by name. */
export const PUBLIC_SETS: readonly PublicSet[] = [
  {
    name: "tinyshakespeare",
    summary: "Plays of Shakespeare in one text file",
    suits: "train language",
    licence: "none stated; the text is in the public domain",
    ...onGitHub("karpathy/char-rnn", "6f9487a", "data/tinyshakespeare", [
      ["input.txt", 1115394, "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"],
    ]),
  },
  {
    name: "nottingham",
    summary: "Folk tunes in ABC notation, 14 files",
    suits: "train language",
    licence: "GPL-3.0",
    ...onGitHub("jukedeck/nottingham-dataset", "0992bb6", "ABC_cleaned", [
      ["ashover.abc", 19647, "6586eea8dca53866b42721050d11fc1408bdb2cf31a902b41c5c13504139b164"],
      ["hpps.abc", 25222, "6d035c6972ac0c204ba79d8128e2d71978ece2214a29ffceeb3e053e27f17db5"],
      ["jigs.abc", 129665, "5bb6f621e443bde552540810e3ea53e53531fd22258736e338d795e7a5bdcaf5"],
      ["morris.abc", 12002, "cbf60b212c87748dea226c76b72a15db5b4f606bb35a580763e9cd8f7294e7da"],
      ["playford.abc", 5101, "070877bc37176e0dedbcd038268d6669399201cd7b58d88b4ab36127528f9c76"],
      ["reelsa-c.abc", 37613, "f92ed0e66024e0a5bb7d21fe3172cd50c3fb4cb7f642b4ec7cd5aa8ad0396da8"],
      ["reelsd-g.abc", 42433, "33f535569116ec8cfb530c112f4cdc3bfb7fc042c271e0317cf6458bad30dfae"],
      ["reelsh-l.abc", 43044, "cb701d4ffe6839cb7a5655bc21785ecb71a72ab63d8560f7be3856f6aedaf7e5"],
      ["reelsm-q.abc", 38405, "a99f2967cf47460bba70bae40cd355a220b537a87180131c6d9433750bc446a1"],
      ["reelsr-t.abc", 46838, "f80a2c0f37a49b9b0c748e922924d59c40d82758abc5b0f7fc9245d7fd563be0"],
      ["reelsu-z.abc", 17203, "d104d7d1bb83eb1ca18f6b944dc22cf9f7bfe5f955d07cd573615985f69c2c1f"],
      ["slip.abc", 3838, "da686b3a0de20aab38e64f8c8ec57edace980bab6450a6c388d79a2866e5b16a"],
      ["waltzes.abc", 21490, "ffa773d012756be17784ab4a84e0e4618f316be5c6f244f9d60c06b23cd812c6"],
      ["xmas.abc", 3519, "05ebc4b856c8c5186bb828641e8f88f723c109d47ba7e3f1e5048b536e091249"],
    ]),
  },
  {
    name: "ud-english-ewt",
    summary: "English sentences with parts of speech, CoNLL-U",
    suits: "train tag",
    licence: "CC BY-SA 4.0",
    ...onGitHub("UniversalDependencies/UD_English-EWT", "15d613d8", "", [
      ["en_ewt-ud-train.conllu", 14203025, "3fb78e2b55482c8ee00caa653af436c88c9e5bc9a73ce26e4ae3ddc79d2b7e7b"],
      ["en_ewt-ud-dev.conllu", 1805545, "531a54ff90d6ab12201c5a50c3e78e6ddac4de69abc4bce5d275d3cd29efe2b6"],
      ["en_ewt-ud-test.conllu", 1804515, "e266e515a0a7547657ed3d90d9ba46487d6bd251f27ad4269d4e8a427c8555cd"],
    ]),
  },
  {
    name: "names",
    summary: "Surnames by language, 18 files",
    suits: "train classify",
    licence: "MIT",
    ...onGitHub("spro/practical-pytorch", "c520c52", "data/names", [
      ["Arabic.txt", 13190, "6f424a8dbe51cbbbabab7a57d38b617210125e4e3991f3c657cb79b8f104bafc"],
      ["Chinese.txt", 1246, "09ba8f1f7e38dbc99372d461b26ad4433b811fc6bfa6a3ecca6fe11a9a777465"],
      ["Czech.txt", 3916, "e17ab0ec47616a72c39cb85c783f70c3663ab64488721e5d8378f146d2226be7"],
      ["Dutch.txt", 2351, "924f32b635170eae561f84538632138fc07d4c8bbd70ba3fb980de1ecc4d2af3"],
      ["English.txt", 27125, "9cca037066d3d5989e24bc01801416162de506b5e28e15b7c092a47905d29bf2"],
      ["French.txt", 2178, "81e65b36c60ed5b89a17422f6edcadbb89546f38ad69e960e64e7ba682012a95"],
      ["German.txt", 5610, "7449cd590b97a733e18d613a4155decd77ec35dc5f8aadd7a82204dce4f051db"],
      ["Greek.txt", 1981, "3555b5186de7f401e6d991b088e9e644ca3099116477818c25ab5793801389e6"],
      ["Irish.txt", 1858, "cf8c7013256252a88d2503127b87282a11f21b2ff6db1bded68834c19a1ec058"],
      ["Italian.txt", 5657, "f88414c27d0606a11a678b4859277828c2565d6cc4d9ee932deef6e94f3b35e4"],
      ["Japanese.txt", 7622, "e0e717e114fec3e7eade4d9dabe0067c475f43147e36a22b47902ee76ad9e67f"],
      ["Korean.txt", 423, "cd54221ccb362a6cba4c78828838cf3268a0e59744767a37cf6ec4b74036b136"],
      ["Polish.txt", 1165, "45bab898af2f60ed3a728bbf6980e28821011a7caa53227553b5785903a40826"],
      ["Portuguese.txt", 554, "50a8735f41f4f73757c8ce5b16cb0275cd86b2b214bcbc8c9805f508cb131c53"],
      ["Russian.txt", 85168, "0cfe53ac18041e8f63666aa77313e0a3ff378facb132abee052d8ebdc8c3d62c"],
      ["Scottish.txt", 752, "78d0252711d87d948ea86fe34826c51d2d794a8e52d15b5d6f7b6244d45d62dd"],
      ["Spanish.txt", 2284, "1bcb462ed3316756a85781d68232bddae04498fdddd5d9219c53fd1fbdeba7a7"],
      ["Vietnamese.txt", 339, "f3f9e4164ab47601178a6e45b216464a64122f49d05541f24bf18a757253281d"],
    ]),
  },
  {
    name: "japanese-vowels",
    summary: "Nine speakers saying two vowels: 12 numbers a step, sktime's .ts",
    suits: "train classify",
    licence: "BSD-3-Clause; data of the UCI and UEA archives",
    ...onGitHub("sktime/sktime", "7bd7d162", "sktime/datasets/data/JapaneseVowels", [
      ["JapaneseVowels_TRAIN.ts", 487971, "68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd"],
      ["JapaneseVowels_TEST.ts", 649132, "b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462"],
    ]),
  },
  {
    name: "multi30k",
    summary: "Captions of pictures in English, German and French, line by line",
    suits: "train translate",
    licence: "none stated; the pictures are Flickr's, for non-commercial research",
    ...onGitHub("multi30k/dataset", "a3d2e0d", "data/task1/raw", [
      ["train.de.gz", 637044, "726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6"],
      ["train.en.gz", 568929, "d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f"],
      ["train.fr.gz", 604242, "622e75069e9f4c577425c4f277116ce66e63a2401c0a2312d90073cb12379a3c"],
      ["val.de.gz", 24681, "f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a"],
      ["val.en.gz", 21650, "14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28"],
      ["val.fr.gz", 23001, "ca3106f1a72390591d25f6c45cb4cd39dec4cd3f123e099748a3ce5256c160e9"],
      ["test_2016_flickr.de.gz", 22890, "9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8"],
      ["test_2016_flickr.en.gz", 21077, "611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9"],
      ["test_2016_flickr.fr.gz", 22310, "6d326e188d259fb1d04ac19eae3af956559b3a0b93d7635e56c90987c40c8b90"],
      ["test_2017_flickr.de.gz", 21471, "a2c89666db00c495cd8513b9d708d5a3acc205d7de312ef2bf5fb7ebc1540aee"],
      ["test_2017_flickr.en.gz", 19138, "76a444ee25172e72695cddb13ae4a3bda59430617be88e0bb46b60504f054074"],
      ["test_2017_flickr.fr.gz", 20434, "3ba671ceb2299f3304ffafefea7a833d08632fbaf0ba18546f8a2ec2391af496"],
    ]),
  },
];

/** Bytes of a set's files together. */
export function sizeOfSet({ files }: PublicSet): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
