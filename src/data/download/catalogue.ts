import { AppError, nearestName } from "../../errors.js";

/** What a file must be: its length and a checksum that its publisher, or a library that everybody uses, lists. */
export interface Expected {
  readonly bytes: number;
  readonly sha256?: string;
  readonly md5?: string;
}

/** One file behind an address. */
export interface RemoteFile extends Expected {
  readonly name: string;
  /** Of a .tar.gz: the members that are kept, by their path in it, without its folders afterwards; the archive is removed. */
  readonly members?: readonly (Partial<Expected> & { readonly path: string })[];
}

/** A public data set: where it lies and what is in it. */
export interface RemoteDataset {
  readonly name: string;
  readonly title: string;
  /** Addresses that end with a slash; they are tried in this order. */
  readonly addresses: readonly string[];
  readonly files: readonly RemoteFile[];
}

const idxFile = (name: string, bytes: number, md5: string, sha256?: string): RemoteFile => ({
  name: `${name}-ubyte.gz`,
  bytes,
  md5,
  ...(sha256 === undefined ? {} : { sha256 }),
});

const cifar10Members = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"];

/** The data sets of `eigennas data get`. Lengths and checksums: those of the publishers, as torchvision lists them too. */
export const remoteDatasets: readonly RemoteDataset[] = [
  {
    name: "mnist",
    title: "MNIST: 70,000 digits of 28 x 28",
    addresses: [
      "https://ossci-datasets.s3.amazonaws.com/mnist/",
      "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ],
    files: [
      idxFile(
        "train-images-idx3",
        9_912_422,
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
      ),
      idxFile(
        "train-labels-idx1",
        28_881,
        "d53e105ee54ea40749a09fcbcd1e9432",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
      ),
      idxFile(
        "t10k-images-idx3",
        1_648_877,
        "9fb629c4189551a2d022fa330f9573f3",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
      ),
      idxFile(
        "t10k-labels-idx1",
        4_542,
        "ec29112dd5afa0611ce80d1b7f02629c",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
      ),
    ],
  },
  {
    name: "fashion-mnist",
    title: "Fashion-MNIST: 70,000 articles of clothing of 28 x 28",
    addresses: ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
    files: [
      idxFile("train-images-idx3", 26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
      idxFile("train-labels-idx1", 29_515, "25c81989df183df01b3e8a0aad5dffbe"),
      idxFile("t10k-images-idx3", 4_422_102, "bef4ecab320f06d8554ea6380940ec79"),
      idxFile("t10k-labels-idx1", 5_148, "bb300cfdad3c16e7a12a480ee83cd310"),
    ],
  },
  {
    name: "cifar10",
    title: "CIFAR-10: 60,000 colour images of 32 x 32 in 10 classes",
    addresses: ["https://www.cs.toronto.edu/~kriz/"],
    files: [
      {
        name: "cifar-10-binary.tar.gz",
        bytes: 170_052_171,
        md5: "c32a1d4ab5d03f1284b67883e8d87530",
        sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        members: [
          ...cifar10Members.map((name) => ({ path: `cifar-10-batches-bin/${name}.bin`, bytes: 30_730_000 })),
          { path: "cifar-10-batches-bin/batches.meta.txt" },
        ],
      },
    ],
  },
  {
    name: "cifar100",
    title: "CIFAR-100: 60,000 colour images of 32 x 32 in 100 classes",
    addresses: ["https://www.cs.toronto.edu/~kriz/"],
    files: [
      {
        name: "cifar-100-binary.tar.gz",
        bytes: 168_513_733,
        md5: "03b5dce01913d631647c71ecec9e9cb8",
        members: [
          { path: "cifar-100-binary/train.bin", bytes: 153_700_000, md5: "6172c7755cfe09b2fe270c85cebc1b15" },
          { path: "cifar-100-binary/test.bin", bytes: 30_740_000, md5: "4499cfba6c016c1be1438163640a0898" },
          { path: "cifar-100-binary/fine_label_names.txt" },
          { path: "cifar-100-binary/coarse_label_names.txt" },
        ],
      },
    ],
  },
];

/** The data set of this name. Throws AppError `usage` with the list and the nearest name. */
export function remoteDataset(name: string): RemoteDataset {
  const found = remoteDatasets.find((dataset) => dataset.name === name);
  if (found !== undefined) return found;
  const names = remoteDatasets.map((dataset) => dataset.name);
  const near = nearestName(name, names);
  throw new AppError("usage", `data get: expected ${names.join(", ")}, got "${name}"`, {
    hint: near === undefined ? "Other data are read from files: see eigennas search --help." : `Did you mean ${near}?`,
    details: { received: name, known: names },
  });
}
