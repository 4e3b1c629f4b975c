// CloudFront function (viewer request, cloudfront-js-2.0): addresses of pages lead to the one document whose script
// shows them. A rule on error pages would do the same to the API's answers, which share the distribution.

// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it by this name.
function handler(event) {
  const request = event.request;
  const last = request.uri.slice(request.uri.lastIndexOf("/") + 1);
  if (!last.includes(".")) request.uri = "/index.html";
  return request;
}
