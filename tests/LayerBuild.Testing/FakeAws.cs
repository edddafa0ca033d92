using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LayerBuild.Testing;

/// <summary>
/// Lambda and S3 of all regions on a loopback port: checks every signature, behaves as the services are documented to,
/// and fails when told to.
/// </summary>
internal sealed class FakeAws : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly SemaphoreSlim _gate = new(1);
    private int _count;

    private FakeAws(WebApplication server)
    {
        _server = server;
        S3 = new FakeS3();
        Lambda = new FakeLambda(S3);
    }

    public FakeLambda Lambda { get; }

    public FakeS3 S3 { get; }

    public string Url { get; private set; } = "";

    /// <summary>Operations in the order of arrival: <c>eu-west-1 POST /2018-10-31/layers/x/versions</c>.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Requests that were not signed well.</summary>
    public ConcurrentQueue<string> BadSignatures { get; } = new();

    /// <summary>Bodies of AssumeRole requests, with the key that signed them.</summary>
    public ConcurrentQueue<string> AssumedRoles { get; } = new();

    /// <summary>What goes wrong: given the number of the request (from 1) and its line.</summary>
    public Func<int, string, FaultKind?> Faults { get; set; } = (_, _) => null;

    /// <summary>Called for <see cref="FaultKind.Killed"/>.</summary>
    public Action Kill { get; set; } = () => { };

    public static async Task<FakeAws> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.Zero);
        WebApplication server = builder.Build();
        var fake = new FakeAws(server);
        server.Run(fake.HandleAsync);
        await server.StartAsync();
        fake.Url = server.Urls.Single();
        return fake;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _gate.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        string target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        int number = Interlocked.Increment(ref _count);
        string line = $"{Scope(context)} {context.Request.Method} {target}";
        Requests.Enqueue(line);
        FaultKind? fault = Faults(number, line);
        if (fault == FaultKind.ResetBeforeUpload)
        {
            context.Abort();
            return;
        }

        using var read = new MemoryStream();
        await context.Request.Body.CopyToAsync(read);
        byte[] body = read.ToArray();
        bool web = Encoding.UTF8.GetString(body, 0, Math.Min(body.Length, 200)).Contains("Action=AssumeRoleWithWebIdentity", StringComparison.Ordinal);
        if (web || context.Request.Headers.Authorization.ToString().Contains("/sts/aws4_request", StringComparison.Ordinal))
        {
            string action = web ? "AssumeRoleWithWebIdentity" : "AssumeRole";
            AssumedRoles.Enqueue($"{Encoding.UTF8.GetString(body)} {context.Request.Headers.Authorization}");
            await WriteAsync(context, FakeAnswer.Xml(200, $"""
                <{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>
                <AccessKeyId>{SignatureCheck.AccessKey}</AccessKeyId><SecretAccessKey>{SignatureCheck.SecretKey}</SecretAccessKey>
                <SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>
                </Credentials></{action}Result></{action}Response>
                """) with { ContentType = "text/xml" });
            return;
        }

        if (target.StartsWith("/federation/credentials", StringComparison.Ordinal) && context.Request.Headers["x-amz-sso_bearer_token"] == "sso-token")
        {
            await WriteAsync(context, new FakeAnswer(200, $$"""
                {"roleCredentials":{"accessKeyId":"{{SignatureCheck.AccessKey}}","secretAccessKey":"{{SignatureCheck.SecretKey}}","sessionToken":"t","expiration":4070908800000} }
                """));
            return;
        }

        if (SignatureCheck.Verify(context, body, out string service, out string region) is { } wrong)
        {
            BadSignatures.Enqueue($"{line}: {wrong}");
            await WriteAsync(context, FakeAnswer.Error(403, "InvalidSignatureException", wrong));
            return;
        }

        switch (fault)
        {
            case FaultKind.ResetAfterUpload:
                context.Abort();
                return;
            case FaultKind.Throttled:
                await WriteAsync(context, FakeAnswer.Error(429, "TooManyRequestsException", "Rate exceeded") with { RetryAfter = "2" });
                return;
            case FaultKind.ThrottledWithoutCode:
                await WriteAsync(context, new FakeAnswer(429, ""));
                return;
            case FaultKind.ServerError:
                await WriteAsync(context, FakeAnswer.Error(500, "ServiceException", "Internal failure"));
                return;
            case FaultKind.Unavailable:
                await WriteAsync(context, new FakeAnswer(503, ""));
                return;
            case FaultKind.WrongClock:
                string there = DateTime.UtcNow.AddHours(2).ToString("yyyyMMdd'T'HHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture);
                context.Response.Headers.Date = DateTime.UtcNow.AddHours(2).ToString("R", System.Globalization.CultureInfo.InvariantCulture);
                await WriteAsync(context, FakeAnswer.Error(403, "InvalidSignatureException", $"Signature expired: {context.Request.Headers["x-amz-date"]} is now earlier than {there} ({there} - 5 min.)"));
                return;
            case FaultKind.AccessDenied:
                await WriteAsync(context, service == "s3"
                    ? FakeAnswer.Xml(403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
                    : FakeAnswer.Error(403, "AccessDeniedException", "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: lambda:Something on resource: arn:aws:lambda:eu-west-1:123456789012:layer:x because no identity-based policy allows the lambda:Something action"));
                return;
        }

        FakeAnswer answer;
        await _gate.WaitAsync();
        try
        {
            var request = new FakeRequest(context.Request.Method, target, region, body, context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase));
            answer = service == "s3" ? S3.Answer(request) : Lambda.Answer(request);
        }
        finally
        {
            _gate.Release();
        }

        switch (fault)
        {
            case FaultKind.LostAnswer:
                context.Abort();
                return;
            case FaultKind.TruncatedAnswer:
                answer.Head(context);
                byte[] whole = answer.Bytes.Length > 0 ? answer.Bytes : "{}"u8.ToArray();
                context.Response.StatusCode = context.Response.StatusCode == 204 ? 200 : context.Response.StatusCode;
                context.Response.ContentLength = whole.Length;
                await context.Response.Body.WriteAsync(whole.AsMemory(0, whole.Length / 2));
                await context.Response.Body.FlushAsync();
                context.Abort();
                return;
            case FaultKind.StalledAnswer:
                answer.Head(context);
                context.Response.StatusCode = context.Response.StatusCode == 204 ? 200 : context.Response.StatusCode;
                context.Response.ContentLength = answer.Bytes.Length + 2;
                await context.Response.Body.WriteAsync("{"u8.ToArray());
                await context.Response.Body.FlushAsync();
                await UntilGoneAsync(context);
                return;
            case FaultKind.Silence:
                await UntilGoneAsync(context);
                return;
            case FaultKind.BadGatewayAfter:
                await WriteAsync(context, new FakeAnswer(502, "<html><body>Bad Gateway</body></html>"));
                return;
            case FaultKind.GatewayTimeoutAfter:
                await WriteAsync(context, new FakeAnswer(504, ""));
                return;
            case FaultKind.Killed:
                Kill();
                context.Abort();
                return;
            default:
                await WriteAsync(context, answer);
                return;
        }
    }

    private static async Task UntilGoneAsync(HttpContext context)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static string Scope(HttpContext context)
    {
        string[] scope = context.Request.Headers.Authorization.ToString().Split('/');
        return scope.Length > 3 ? scope[2] : "?";
    }

    private static async Task WriteAsync(HttpContext context, FakeAnswer answer)
    {
        answer.Head(context);
        if (answer.Bytes.Length > 0 && context.Request.Method != "HEAD")
        {
            context.Response.ContentLength = answer.Bytes.Length;
            await context.Response.Body.WriteAsync(answer.Bytes);
        }
    }
}

/// <param name="Target">Path and query as they were sent.</param>
/// <param name="Region">Of the signature.</param>
internal sealed record FakeRequest(string Method, string Target, string Region, byte[] Body, Dictionary<string, string> Headers)
{
    /// <summary>Segments of the path, decoded.</summary>
    public string[] Path { get; } = [.. Target.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)];

    public Dictionary<string, string> Query { get; } = (Target.Contains('?') ? Target[(Target.IndexOf('?') + 1)..] : "")
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(p => p.Split('=', 2))
        .ToDictionary(p => Uri.UnescapeDataString(p[0]), p => p.Length > 1 ? Uri.UnescapeDataString(p[1]) : "");

    public JsonNode Json => JsonNode.Parse(Body)!;
}

internal sealed record FakeAnswer(int Status, byte[] Bytes)
{
    public FakeAnswer(int status, string text)
        : this(status, Encoding.UTF8.GetBytes(text))
    {
    }

    public string? ErrorType { get; init; }

    public string? RetryAfter { get; init; }

    public string ContentType { get; init; } = "application/json";

    public Dictionary<string, string> Headers { get; init; } = [];

    public static FakeAnswer Json(int status, JsonObject body) => new(status, body.ToJsonString());

    public static FakeAnswer Xml(int status, string xml) => new(status, xml) { ContentType = "application/xml" };

    public static FakeAnswer Error(int status, string code, string message) =>
        Json(status, new JsonObject { ["Type"] = "User", ["message"] = message }) with { ErrorType = code };

    public FakeAnswer With(string header, string value)
    {
        Headers[header] = value;
        return this;
    }

    public void Head(HttpContext context)
    {
        context.Response.StatusCode = Status;
        context.Response.ContentType = Bytes.Length > 0 ? ContentType : null;
        context.Response.Headers["x-amzn-RequestId"] = "11111111-2222-3333-4444-555555555555";
        if (ErrorType is not null)
        {
            context.Response.Headers["x-amzn-ErrorType"] = ErrorType;
        }

        if (RetryAfter is not null)
        {
            context.Response.Headers.RetryAfter = RetryAfter;
        }

        foreach ((string name, string value) in Headers)
        {
            context.Response.Headers[name] = value;
        }
    }
}
