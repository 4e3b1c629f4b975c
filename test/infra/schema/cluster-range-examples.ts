// One good and one bad value of every row of infra/schema/kubernetes-ranges.ts, and of the cluster's version.

export const clusterExamples: readonly (readonly [range: string, good: unknown, bad: unknown])[] = [
  ["kubernetes-version", "1.34", "1.31"],
  ["node-capacity", "SPOT", "spot"],
  ["node-image", "AL2023_x86_64_STANDARD", "AL2_x86_64"],
  ["node-count", 12, 0],
  ["node-taint", "NO_SCHEDULE", "NoSchedule"],
  ["pool-taint", "NoSchedule", "NO_SCHEDULE"],
  ["pool-consolidation", "WhenEmpty", "WhenUnderutilized"],
  ["pool-weight", 20, 200],
  ["object-name", "order-processor", "order_processor"],
  ["pod-cpu", "500m", "0.5 cores"],
  ["pod-memory", "512Mi", "512 MB"],
  ["pod-spread", "DoNotSchedule", "DoNotschedule"],
  ["pod-toleration", "Exists", "In"],
  ["trigger-type", "kafka", "msk"],
  ["trigger-sasl", "oauthbearer", "aws_msk_iam"],
  ["trigger-threshold", "166", "0"],
  ["size-mode", "Initial", "On"],
  ["target-binding-type", "ip", "pod"],
];
