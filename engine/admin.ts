// What operators' tools may ask of an engine: POST /admin/<verb> on its status port with a JSON body and
// `Authorization: Bearer <operatorToken>`. 200 with `adminAnswer`; 400 malformed, 403 no or a wrong
// token, 409 not possible now (`code` says why). Each is idempotent: asking twice changes nothing.

import { z } from "zod";

const reason = z.string().min(1).max(500);
/** Who asks, for the decision log. */
const by = z.string().min(1).max(100);

export const adminRequests = {
  /** Planned: the primary hands over to the standby, which must be in sync. */
  switchover: z.strictObject({ by, reason }),
  /** A standby that does not hear its primary stands for election now, whatever holds it back. */
  stand: z.strictObject({ by, reason }),
  /** Hands off: no automatic promotion, remembered across restarts. */
  pause: z.strictObject({ by, reason }),
  resume: z.strictObject({ by, reason }),
  /** Serves nobody, stands for nothing, remembered across restarts. */
  fence: z.strictObject({ by, reason }),
  unfence: z.strictObject({ by, reason }),
  /** The other engine's seat goes to a new machine or disk, which is of this incarnation (rule 14). */
  replaceMember: z.strictObject({
    by,
    reason,
    engine: z.enum(["engine-1", "engine-2"]),
    incarnation: z.int().min(2),
  }),
  /** Two of three are lost: this engine goes on alone with what it has (rule 11). */
  force: z.strictObject({ by, reason, acceptLoss: z.literal(true) }),
  /**
   * The register's word: which region leads, in which term, and since which one without a break. Older terms are
   * refused. Without `sinceTerm` an engine goes by what it was told before, and takes no more for granted.
   */
  region: z
    .strictObject({
      by,
      reason,
      role: z.enum(["active", "dr"]),
      term: z.int().min(1),
      sinceTerm: z.int().min(1).optional(),
    })
    .refine(({ term, sinceTerm = term }) => sinceTerm <= term, {
      path: ["sinceTerm"],
      error: "is a term that has begun",
    }),
  /** Stops sequencing for good in this term, so that the other region can take everything (failback). */
  drain: z.strictObject({ by, reason, term: z.int().min(1) }),
  /** Of a symbol, or of all. */
  tradingStatus: z.strictObject({
    by,
    reason,
    symbol: z.string().optional(),
    status: z.enum(["trading", "halt", "cancelOnly", "auction"]),
  }),
} as const;

export type AdminVerb = keyof typeof adminRequests;

export const adminAnswer = z.object({
  isDone: z.boolean(),
  code: z.string().optional(),
  message: z.string().optional(),
  /** Position after which nothing of this engine is acknowledged (`drain`), or the present one. */
  position: z.number().optional(),
  epoch: z.number().optional(),
});
export type AdminAnswer = z.infer<typeof adminAnswer>;
