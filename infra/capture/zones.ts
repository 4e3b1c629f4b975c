// Availability zones of a region as an invented account sees them.

/** us-east-1 -> use1, ap-northeast-1 -> apne1: how AWS shortens a region in zone ids. */
function zonePrefix(region: string): string {
  const [area = "", direction = "", number = ""] = region.split("-");
  const short = direction.replace(/(north|south|east|west|central)/g, (word) => word.charAt(0));
  return `${area}${short}${number}`;
}

/** Letters differ between accounts; in this one zone 1 is a, zone 2 is b, and so on. */
export function zoneName(region: string, zoneId: string): string {
  return `${region}${"abcdefgh".charAt(Number(zoneId.slice(-1)) - 1)}`;
}

export function zoneIdsOf(region: string): string[] {
  const count = region === "us-east-1" ? 6 : region === "us-west-2" ? 4 : 3;
  return Array.from({ length: count }, (_, index) => `${zonePrefix(region)}-az${index + 1}`);
}
