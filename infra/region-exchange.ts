// The exchange of a region as its nodes read it (exchange.json), and the secrets that its `${NAME}`s stand
// for. Engines' hosts, tasks and pods are told the same text; the controller one that has no secret.

import * as pulumi from "@pulumi/pulumi";
import { inRegion } from "./components/arn.ts";
import type { Database } from "./components/database.ts";
import {
  type ExchangeFacts,
  placeholders,
  renderExchange,
  usualGenesis,
} from "./components/exchange-config.ts";
import type { JournalStore } from "./components/journal-store.ts";
import { engineAddressesIn } from "./components/matching-engines.ts";
import type { Network } from "./components/network.ts";
import { planSubnets } from "./components/subnet-plan.ts";
import { of } from "./peer.ts";
import type { Site } from "./region-site.ts";

export const shard = "main";
export const databaseUser = "castle";

export interface Stores {
  readonly network: Network;
  readonly journal: JournalStore;
  readonly database: Database;
}

/** A secret that a program is given as a variable. */
export interface SecretValue {
  readonly variable: string;
  readonly arn: pulumi.Input<string>;
  /** Of its JSON; absent: the whole text. */
  readonly field?: string;
}

/** @param hosts names of gateways and history, for who asks them; absent for the nodes themselves */
export function exchangeJsonOf(
  site: Site,
  { network, journal, database }: Stores,
  hosts?: ExchangeFacts["hosts"],
): pulumi.Output<string> {
  const { config } = site;
  const { plan } = network;
  const facts = {
    shard,
    engineAddresses: engineAddressesIn(plan.engine),
    databaseUser,
    failureTimeoutMs: config.matching.failureTimeoutMs,
    hasTlsAtGateway: config.api.hasTlsAtGateway,
    hasLocalZone: config.matching.localZone !== undefined,
    // Where balancers and links of the APIs have their addresses; clients of order entry keep their own.
    proxyCidrs: [...plan.public, ...plan.service],
    genesis: usualGenesis,
    ...(hosts === undefined ? {} : { hosts }),
  };
  return pulumi
    .output({
      journalHost: journal.endpoint,
      databaseHost: database.endpoint,
      peerJournalHost: peerJournalOf(site)?.host ?? "",
    })
    .apply(({ journalHost, databaseHost, peerJournalHost }) => {
      const rendered = renderExchange({
        ...facts,
        journal: { host: journalHost, port: journal.port },
        database: { host: databaseHost, port: database.port, name: "castle" },
        ...(peerJournalHost === ""
          ? {}
          : {
              region: {
                name: config.role,
                startsAs: config.place.isActive ? "active" : "dr",
                durability: config.matching.durability,
                peer: {
                  name: peerRoleOf(site),
                  engineAddresses: engineAddressesIn(planSubnets(config.network.peerCidr).engine),
                  journal: { host: peerJournalHost, port: journal.port },
                },
              },
            }),
      });
      return JSON.stringify(rendered);
    });
}

/** What stands as `${NAME}` in exchange.json: whoever is told the text is given these. */
export function exchangeSecretsOf(site: Site, journal: JournalStore): readonly SecretValue[] {
  const peer = peerJournalOf(site);
  const field = "password";
  return [
    { variable: placeholders.journalPassword, arn: journal.userSecretArn, field },
    { variable: placeholders.databasePassword, arn: databaseSecretOf(site), field },
    ...(peer === undefined
      ? []
      : [{ variable: placeholders.peerJournalPassword, arn: peer.secretArn, field }]),
  ];
}

const databaseSecretOf = ({ global, region }: Site) => of(global.databaseSecretArns, region);

/** For who trades or serves traders: the accounts and their keys. */
export const apiKeysOf = ({ global, region }: Site): SecretValue => ({
  variable: "API_KEYS",
  arn: of(global.apiKeysSecretArns, region),
});

/** For who is told by operators, or tells. */
export const operatorTokenOf = ({ global, region }: Site): SecretValue => ({
  variable: "OPERATOR_TOKEN",
  arn: of(global.operatorSecretArns, region),
});

export const peerRoleOf = ({ config }: Site): "prod" | "dr" =>
  config.role === "prod" ? "dr" : "prod";

/**
 * dr reads it of prod. prod is told by its configuration once dr stands: it reads no later stack. Its store is
 * over there; of its secret the peer keeps a replica here.
 */
export function peerJournalOf({ prod, config, region }: Site) {
  const peer =
    prod === undefined
      ? config.place.peerJournal
      : { host: prod.journalEndpoint, secretArn: prod.journalSecretArn };
  if (peer === undefined) return undefined;
  const secretArn = pulumi.output(peer.secretArn).apply((arn) => inRegion(arn, region));
  return { host: peer.host, secretArn };
}
