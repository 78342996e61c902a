import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HostileServer } from "../support/hostile-server.js";
import { Workshop } from "./support.js";

const workshop = new Workshop();
const images = "train-images-idx3-ubyte.gz";
const server = new HostileServer(new Map([[images, Buffer.alloc(9_912_422, 1)]]));
beforeAll(() => server.start());
afterAll(async () => {
  workshop.close();
  await server.close();
});

describe("eigennas data get", () => {
  it("refuses a file that is not the published one, and removes it", async () => {
    const { code, out, err } = await workshop.run("data", "get", "mnist", "--from", server.address("honest"));
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("MNIST: 70,000 digits of 28 x 28, to .eigennas/data/mnist");
    expect(err).toMatch(/error: train-images-idx3-ubyte\.gz: .*expected the SHA-256 checksum 440fcabf/);
    expect(err).toContain("hint: ");
    expect(existsSync(workshop.path(`.eigennas/data/mnist/${images}`))).toBe(false);
    expect(existsSync(workshop.path(`.eigennas/data/mnist/${images}.part`))).toBe(false);
  });

  it("stops at Ctrl-C and says that the same command goes on", async () => {
    workshop.interruptAtOnce = true;
    const argv = ["data", "get", "mnist", "--from", server.address("hangs-midway"), "--to", "elsewhere"];
    const { code, err } = await workshop.run(...argv);
    workshop.interruptAtOnce = false;
    expect(code).toBe(130);
    expect(err).toContain("the same command goes on from there");
  });

  it("knows its data sets and addresses", async () => {
    const slip = await workshop.run("data", "get", "cifar-10");
    expect(slip.code).toBe(2);
    expect(slip.err).toContain('expected mnist, fashion-mnist, cifar10, cifar100, got "cifar-10"');
    expect(slip.err).toContain("Did you mean cifar10?");
    const address = await workshop.run("data", "get", "mnist", "--from", "ftp://example.org/");
    expect([address.code, address.err]).toEqual([2, expect.stringContaining("--from: expected an address")]);
  });
});
