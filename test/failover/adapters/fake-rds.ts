// A fake of RDS: one global cluster over two regions whose moves take a few looks. As much XML as the
// adapter's four calls need.

import { type Answer, type Sent, xml, xmlError } from "./recording-handler.ts";

type Moving = { readonly to: string; readonly isLossAllowed: boolean; readonly looksLeft: number };

export class FakeRds {
  writer: string;
  moving: Moving | null = null;
  /** Moves that were begun, in order. */
  readonly moves: string[] = [];
  private readonly arns: readonly string[];
  private readonly looksPerMove: number;

  constructor(arns: readonly string[], looksPerMove = 2) {
    this.arns = arns;
    this.writer = arns[0] ?? "";
    this.looksPerMove = looksPerMove;
  }

  readonly answer = (sent: Sent): Answer => {
    const form = new URLSearchParams(sent.body);
    switch (form.get("Action")) {
      case "DescribeGlobalClusters":
        return this.look();
      case "SwitchoverGlobalCluster":
        return this.begin(form, "SwitchoverGlobalCluster", false);
      case "FailoverGlobalCluster":
        return this.begin(form, "FailoverGlobalCluster", form.get("AllowDataLoss") === "true");
      default:
        return xml(
          "<R><DescribeDBClustersResult><DBClusters><DBCluster>" +
            `<Endpoint>${form.get("DBClusterIdentifier")}.test</Endpoint>` +
            "</DBCluster></DBClusters></DescribeDBClustersResult></R>",
        );
    }
  };

  private begin(form: URLSearchParams, action: string, isLossAllowed: boolean): Answer {
    const to = form.get("TargetDbClusterIdentifier") ?? "";
    if (this.moving !== null) return xmlError("InvalidGlobalClusterStateFault", "busy");
    if (to === this.writer) return xmlError("InvalidDBClusterStateFault", "is the writer");
    this.moving = { to, isLossAllowed, looksLeft: this.looksPerMove };
    this.moves.push(`${action} ${to}`);
    return xml(
      `<R><${action}Result><GlobalCluster>${this.cluster()}</GlobalCluster></${action}Result></R>`,
    );
  }

  private look(): Answer {
    const answer = xml(
      "<R><DescribeGlobalClustersResult><GlobalClusters>" +
        // The list's members have a name of their own.
        `<GlobalClusterMember>${this.cluster()}</GlobalClusterMember>` +
        "</GlobalClusters></DescribeGlobalClustersResult></R>",
    );
    const { moving } = this;
    if (moving !== null && moving.looksLeft === 0) {
      this.writer = moving.to;
      this.moving = null;
    } else if (moving !== null) this.moving = { ...moving, looksLeft: moving.looksLeft - 1 };
    return answer;
  }

  private cluster(): string {
    const members = this.arns.map(
      (arn) =>
        `<GlobalClusterMember><DBClusterArn>${arn}</DBClusterArn>` +
        `<IsWriter>${arn === this.writer}</IsWriter></GlobalClusterMember>`,
    );
    const state =
      this.moving === null
        ? ""
        : `<FailoverState><Status>${this.moving.isLossAllowed ? "failing-over" : "switching-over"}</Status>` +
          `<ToDbClusterArn>${this.moving.to}</ToDbClusterArn></FailoverState>`;
    return (
      "<GlobalClusterIdentifier>castle</GlobalClusterIdentifier>" +
      `<Status>available</Status><GlobalClusterMembers>${members.join("")}</GlobalClusterMembers>` +
      state
    );
  }
}
