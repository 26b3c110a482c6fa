/** Groups the servers of one address by the hosts they answer for. */
import { normaliseHostEntry, wildcardOf } from "./hosts.ts";

/** Finds the group that answers for a host name, or for a request without one (`undefined`). */
export type FindSite<Site> = (hostName: string | undefined) => Site | undefined;

/**
 * Makes one site for each distinct set of members that some host selects. A member without
 * `hosts` is in all of them. The order of `members` is kept.
 */
export function groupByHost<Member extends { readonly hosts: readonly string[] | undefined }, Site>(
  members: readonly Member[],
  makeSite: (members: readonly Member[]) => Site,
): FindSite<Site> {
  const made = new Map<string, Site>();
  const siteOf = (matches: (hosts: readonly string[] | undefined) => boolean) => {
    const group = members.filter(({ hosts }) => matches(hosts?.map(normaliseHostEntry)));
    const key = group.map((member) => members.indexOf(member)).join(" ");
    let site = made.get(key);
    if (site === undefined) made.set(key, site = makeSite(group));
    return site;
  };
  const fallback = members.some(({ hosts }) => hosts === undefined)
    ? siteOf((hosts) => hosts === undefined)
    : undefined;
  const byHost = new Map<string, Site>();
  for (const entry of members.flatMap(({ hosts }) => hosts ?? []).map(normaliseHostEntry)) {
    if (byHost.has(entry)) continue;
    const wildcard = wildcardOf(entry);
    byHost.set(
      entry,
      siteOf((hosts) => hosts === undefined || hosts.includes(entry) || hosts.includes(wildcard)),
    );
  }
  if (byHost.size === 0) return () => fallback;
  return (name) =>
    name === undefined ? fallback : byHost.get(name) ?? byHost.get(wildcardOf(name)) ?? fallback;
}
