using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using Amazon.Runtime;
using LayerBuild.Files;

namespace LayerBuild.Aws;

/// <summary>What a service said when it refused: code, message and request id, from JSON (Lambda) or XML (S3) and the headers.</summary>
internal static class AwsErrorBody
{
    public static AwsServiceException Parse(IReadOnlyDictionary<string, string> headers, byte[] body, Exception? inner, HttpStatusCode status)
    {
        (string? code, string? message) = body.Length == 0 ? (null, null) : body[0] == (byte)'<' ? FromXml(body) : FromJson(body);

        // "ResourceConflictException:http://..." in the header, "prefix#ResourceConflictException" in the body.
        string? named = headers.GetValueOrDefault("x-amzn-ErrorType") ?? code;
        named = named?.Split(':')[0].Split('#')[^1];
        return new AwsServiceException(
            message ?? string.Create(CultureInfo.InvariantCulture, $"The service answered with status {(int)status}."),
            inner,
            named,
            headers.GetValueOrDefault("x-amzn-RequestId") ?? headers.GetValueOrDefault("x-amz-request-id"),
            status)
        {
            RetryAfter = RetryAfterOf(headers),
            BucketRegion = headers.GetValueOrDefault("x-amz-bucket-region"),
        };
    }

    private static TimeSpan? RetryAfterOf(IReadOnlyDictionary<string, string> headers) =>
        headers.TryGetValue("Retry-After", out string? text)
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;

    private static (string? Code, string? Message) FromJson(byte[] body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            return (
                root.FindText("__type") ?? root.FindText("code") ?? root.FindText("Code"),
                root.FindText("message") ?? root.FindText("Message") ?? root.FindText("errorMessage"));
        }
        catch (JsonException)
        {
            return (null, null);
        }
    }

    private static (string? Code, string? Message) FromXml(byte[] body)
    {
        try
        {
            using var stream = new MemoryStream(body);
            using var reader = XmlReader.Create(stream, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            XElement root = XElement.Load(reader);
            return (root.Element("Code")?.Value, root.Element("Message")?.Value);
        }
        catch (XmlException)
        {
            return (null, null);
        }
    }
}

/// <summary>A service refused a request, or failed.</summary>
internal sealed class AwsServiceException(string message, Exception? inner, string? code, string? requestId, HttpStatusCode status)
    : AmazonServiceException(message, inner, ErrorType.Unknown, code, requestId, status)
{
    /// <summary>How long the service asks to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Where the bucket is, when S3 says that it is elsewhere.</summary>
    public string? BucketRegion { get; init; }
}
