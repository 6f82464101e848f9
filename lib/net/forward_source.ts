import { lookupService } from 'node:dns/promises';
import type { Clock } from '../clock.ts';
import type { CollectRules } from '../codec/forward_collect.ts';
import { copyRecord, type EventRecord, setField } from '../event/entry.ts';
import { EventTime } from '../event/time.ts';

/** What is done to events because of where they come from. */
export interface SourceSettings {
  /** The tag of all events, whatever they came with. */
  readonly tag: string | undefined;
  readonly tagPrefix: string | undefined;
  /** The field that gets the client's address. */
  readonly addressKey: string | undefined;
  /** The field that gets the client's host name, or its address when it has none. */
  readonly hostnameKey: string | undefined;
  /** The field that gets who the client is by its certificate. */
  readonly identityKey: string | undefined;
  readonly skipsInvalid: boolean;
}

/** The rules for the events of one client. The client's host name is looked up if a field is to have it. */
export async function rulesFor(
  settings: SourceSettings,
  clock: Clock,
  address: string,
  speaksJson: boolean,
  identity?: string,
): Promise<CollectRules> {
  const { tag: ownTag, tagPrefix, skipsInvalid } = settings;
  return {
    retag: (tag) => {
      const kept = ownTag ?? tag;
      return tagPrefix === undefined || kept === undefined ? kept : `${tagPrefix}.${kept}`;
    },
    changeRecord: await recordChange(settings, address, identity),
    now: () => {
      const { sec, nsec } = clock.now();
      return new EventTime(sec, nsec);
    },
    // JSON has no other way to give fractions of a second.
    takesFloatTimes: speaksJson || !skipsInvalid,
    acksInvalid: skipsInvalid,
  };
}

async function recordChange(
  settings: SourceSettings,
  address: string,
  identity: string | undefined,
): Promise<((record: EventRecord) => EventRecord) | undefined> {
  const { addressKey, hostnameKey } = settings;
  const { identityKey } = settings;
  const changesIdentity = identityKey !== undefined && identity !== undefined;
  if (addressKey === undefined && hostnameKey === undefined && !changesIdentity) return undefined;
  const hostname = hostnameKey === undefined ? address : await hostnameOf(address);
  return (record) => {
    const changed = copyRecord(record);
    if (addressKey !== undefined) setField(changed, addressKey, address);
    if (hostnameKey !== undefined) setField(changed, hostnameKey, hostname);
    if (changesIdentity) setField(changed, identityKey, identity);
    return changed;
  };
}

async function hostnameOf(address: string): Promise<string> {
  try {
    return (await lookupService(address, 0)).hostname;
  } catch {
    return address;
  }
}
