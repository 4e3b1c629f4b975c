// CloudFront function (viewer request, cloudfront-js-2.0): addresses of pages lead to the one document whose script
// shows them. A rule on error pages would do the same to the API's answers, which share the distribution.
// The domain itself leads to www, as pages keep there who has signed in.

// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it by this name.
function handler(event) {
  const request = event.request;
  const host = request.headers.host;
  if (host !== undefined && !host.value.startsWith("www.")) {
    const query = Object.keys(request.querystring)
      .map((name) => `${name}=${request.querystring[name].value}`)
      .join("&");
    const location = `https://www.${host.value}${request.uri}${query === "" ? "" : `?${query}`}`;
    return {
      statusCode: 301,
      statusDescription: "Moved Permanently",
      headers: { location: { value: location } },
    };
  }
  const last = request.uri.slice(request.uri.lastIndexOf("/") + 1);
  if (!last.includes(".")) request.uri = "/index.html";
  return request;
}
