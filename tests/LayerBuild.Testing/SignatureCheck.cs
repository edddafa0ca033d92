using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LayerBuild.Testing;

/// <summary>AWS Signature Version 4, from its specification: what the services check.</summary>
internal static class SignatureCheck
{
    public const string AccessKey = "AKIDEXAMPLE";
    public const string SecretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    /// <summary>Null when the signature is good; else what is wrong. <paramref name="region"/> is that of the scope.</summary>
    public static string? Verify(HttpContext context, byte[] body, out string service, out string region)
    {
        service = region = "";
        string authorization = context.Request.Headers.Authorization.ToString();
        if (!authorization.StartsWith("AWS4-HMAC-SHA256 ", StringComparison.Ordinal))
        {
            return "no signature";
        }

        Dictionary<string, string> parts = authorization["AWS4-HMAC-SHA256 ".Length..].Split(',')
            .Select(p => p.Trim().Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        string[] scope = parts["Credential"].Split('/');
        if (scope is not [AccessKey, var date, _, _, "aws4_request"])
        {
            return "bad credential scope " + parts["Credential"];
        }

        (region, service) = (scope[2], scope[3]);
        string target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        string path = target.Split('?')[0];
        string canonicalPath = service == "s3" ? path : string.Join('/', path.Split('/').Select(Encode));
        string query = string.Join('&', (target.Contains('?') ? target[(target.IndexOf('?') + 1)..] : "")
            .Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(p => p.Contains('=') ? p : p + "=")
            .Order(StringComparer.Ordinal));
        string[] signed = parts["SignedHeaders"].Split(';');
        foreach (string required in new[] { "host", "x-amz-date" })
        {
            if (!signed.Contains(required))
            {
                return required + " is not signed";
            }
        }

        string headers = string.Concat(signed.Select(name => $"{name}:{context.Request.Headers[name].ToString().Trim()}\n"));
        string bodyHash = Convert.ToHexStringLower(SHA256.HashData(body));
        string declared = context.Request.Headers["x-amz-content-sha256"].ToString();
        if (declared.Length > 0 && declared != bodyHash)
        {
            return "x-amz-content-sha256 is not that of the body: " + declared;
        }

        string canonical = $"{context.Request.Method}\n{canonicalPath}\n{query}\n{headers}\n{parts["SignedHeaders"]}\n{bodyHash}";
        string stamp = context.Request.Headers["x-amz-date"].ToString();
        string toSign = $"AWS4-HMAC-SHA256\n{stamp}\n{date}/{region}/{service}/aws4_request\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        byte[] key = Encoding.UTF8.GetBytes("AWS4" + SecretKey);
        foreach (string part in new[] { date, region, service, "aws4_request" })
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        string expected = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
        return expected == parts["Signature"] ? null : $"signature does not match; canonical request was\n{canonical}";
    }

    private static string Encode(string text) => Uri.EscapeDataString(text);
}
