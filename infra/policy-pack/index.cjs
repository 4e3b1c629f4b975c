// What Pulumi loads of the policy pack. Its runner compiles every TypeScript file that it requires, as
// CommonJS, whatever PulumiPolicy.yaml says; what is imported from here is left to Node.
module.exports = () => import("./pack.ts");
