// Where AWS offers the families that engines may run on: zones by their id's number (use1-az4 is 4).
// Letters differ between accounts, ids do not. From DescribeInstanceTypeOfferings as packaged in moto
// 5.2.5 (November 2026). A zone that is missing here may have been added since: `aws ec2
// describe-instance-type-offerings --location-type availability-zone-id` tells.

const offerings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  z1d: {
    "ap-northeast-1": "124",
    "ap-northeast-2": "13",
    "ap-south-1": "13",
    "ap-southeast-1": "123",
    "ap-southeast-2": "123",
    "eu-central-1": "123",
    "eu-west-1": "123",
    "eu-west-2": "123",
    "us-east-1": "12456",
    "us-east-2": "12",
    "us-west-1": "13",
    "us-west-2": "123",
  },
  m5zn: {
    "ap-northeast-1": "124",
    "ap-northeast-2": "13",
    "ap-southeast-1": "12",
    "ap-southeast-2": "12",
    "eu-central-1": "23",
    "eu-west-1": "123",
    "sa-east-1": "12",
    "us-east-1": "12456",
    "us-east-2": "123",
    "us-west-1": "13",
    "us-west-2": "123",
  },
  r7iz: {
    "ap-northeast-1": "124",
    "eu-central-1": "123",
    "eu-west-1": "123",
    "us-east-1": "12456",
    "us-east-2": "123",
    "us-west-2": "1234",
  },
  c7i: {
    "af-south-1": "123",
    "ap-east-1": "123",
    "ap-northeast-1": "124",
    "ap-northeast-2": "1234",
    "ap-northeast-3": "123",
    "ap-south-1": "123",
    "ap-south-2": "123",
    "ap-southeast-1": "123",
    "ap-southeast-2": "123",
    "ap-southeast-3": "123",
    "ap-southeast-4": "123",
    "ap-southeast-5": "123",
    "ca-central-1": "124",
    "ca-west-1": "12",
    "eu-central-1": "123",
    "eu-central-2": "123",
    "eu-north-1": "123",
    "eu-south-1": "123",
    "eu-south-2": "123",
    "eu-west-1": "123",
    "eu-west-2": "1234",
    "eu-west-3": "123",
    "il-central-1": "13",
    "me-central-1": "123",
    "sa-east-1": "123",
    "us-east-1": "12456",
    "us-east-2": "123",
    "us-west-1": "13",
    "us-west-2": "1234",
  },
  r6id: {
    "af-south-1": "123",
    "ap-northeast-1": "124",
    "ap-northeast-2": "1234",
    "ap-south-1": "123",
    "ap-southeast-1": "123",
    "ap-southeast-2": "123",
    "ap-southeast-5": "123",
    "ca-west-1": "123",
    "eu-central-1": "123",
    "eu-south-2": "123",
    "eu-west-1": "123",
    "eu-west-2": "1234",
    "il-central-1": "123",
    "us-east-1": "12456",
    "us-east-2": "123",
    "us-west-2": "1234",
  },
};

const areas: Readonly<Record<string, string>> = {
  north: "n",
  south: "s",
  east: "e",
  west: "w",
  central: "c",
  northeast: "ne",
  northwest: "nw",
  southeast: "se",
  southwest: "sw",
};

/** `us-east-1` is `use1` in zone ids. */
export function zonePrefix(region: string): string {
  const [country = "", area = "", number = ""] = region.split("-");
  return `${country}${areas[area] ?? area}${number}`;
}

/** Zone ids of a region in which instances of the type's family exist; `null` for a family not listed. */
export function zonesOffering(instanceType: string, region: string): readonly string[] | null {
  const regions = offerings[instanceType.split(".")[0] ?? ""];
  if (regions === undefined) return null;
  return [...(regions[region] ?? "")].map((number) => `${zonePrefix(region)}-az${number}`);
}

export const familiesListed = Object.keys(offerings);
