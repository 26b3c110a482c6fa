import type { ResourceInstance, RuntimeResource } from "digly/module";
import { newest } from "./newest.ts";

interface Channel {
  readonly range: string;
  readonly candidates: boolean;
  readonly published: readonly string[];
}

export function create(channel: RuntimeResource<Channel>): ResourceInstance {
  const { range, candidates, published } = channel;
  return {
    execute() {
      const found = newest(published, range, candidates);
      if (found === undefined) throw new Error(`No release is in ${range}`);
      return found;
    },
  };
}
