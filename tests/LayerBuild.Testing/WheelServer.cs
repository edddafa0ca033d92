using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LayerBuild.Testing;

/// <summary>What a server was asked.</summary>
internal sealed record WheelRequest(string Path, string? Authorization, string? Range, string? Accept);

/// <summary>
/// A package index on a loopback port, as a client meets it: pages in JSON or HTML, files with ranges, logins that are
/// checked, and whatever a test has it do wrong.
/// </summary>
internal sealed class WheelServer : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentDictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    private WheelServer(WebApplication server) => _server = server;

    /// <summary><c>http://127.0.0.1:port</c></summary>
    public string Url { get; private set; } = "";

    public string Simple => Url + "/simple/";

    public string Authority => Url["http://".Length..];

    public ConcurrentQueue<WheelRequest> Requests { get; } = new();

    /// <summary><c>user:password</c> that every request must bring.</summary>
    public string? Credentials { get; set; }

    /// <summary>Pages in JSON; else HTML.</summary>
    public bool Json { get; set; } = true;

    /// <summary>Pages have the hashes of files.</summary>
    public bool Hashes { get; set; } = true;

    /// <summary>Answers ranges with 206.</summary>
    public bool Ranges { get; set; } = true;

    /// <summary>Where pages say that files are; null for this server.</summary>
    public string? FilesUrl { get; set; }

    /// <summary>Answers instead of the server when it says so; the number counts requests of the path, from 1.</summary>
    public Func<HttpContext, int, Task<bool>> Fault { get; set; } = (_, _) => Task.FromResult(false);

    public static async Task<WheelServer> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MinResponseDataRate = null;
        });
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.Zero);
        WebApplication application = builder.Build();
        var server = new WheelServer(application);
        application.Run(server.HandleAsync);
        await application.StartAsync();
        server.Url = application.Urls.Single();
        return server;
    }

    /// <summary>Offers a file.</summary>
    /// <returns>Its SHA-256, lower-case hex.</returns>
    public string Offer(string name, byte[] bytes)
    {
        _files[name] = bytes;
        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    public string Offer(WheelBuilder wheel) => Offer(wheel.FileName, wheel.ToBytes());

    public IEnumerable<string> Paths => Requests.Select(r => r.Path);

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        IHeaderDictionary headers = context.Request.Headers;
        Requests.Enqueue(new WheelRequest(path, headers.Authorization.FirstOrDefault(), headers.Range.FirstOrDefault(), headers.Accept.FirstOrDefault()));
        if (await Fault(context, Requests.Count(r => r.Path == path)))
        {
            return;
        }

        if (Credentials is not null && headers.Authorization != "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(Credentials)))
        {
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"index\"";
        }
        else if (path.StartsWith("/simple/", StringComparison.Ordinal) && Page(path["/simple/".Length..].Trim('/')) is { } page)
        {
            context.Response.ContentType = Json ? "application/vnd.pypi.simple.v1+json" : "text/html; charset=utf-8";
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(page));
        }
        else if (path.StartsWith("/files/", StringComparison.Ordinal) && _files.TryGetValue(path["/files/".Length..], out byte[]? bytes))
        {
            await SendAsync(context, bytes, bytes.Length);
        }
        else
        {
            context.Response.StatusCode = 404;
        }
    }

    /// <summary>Sends a file, or the range of it that was asked for, and no more than so many bytes of it.</summary>
    public async Task SendAsync(HttpContext context, byte[] bytes, int most)
    {
        context.Response.ContentType = "application/octet-stream";
        context.Response.Headers.ETag = "\"one\"";
        int from = 0;
        if (Ranges && context.Request.Headers.Range.FirstOrDefault() is { } range)
        {
            from = int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{bytes.Length - 1}/{bytes.Length}");
        }

        context.Response.ContentLength = bytes.Length - from;
        int count = Math.Min(most, bytes.Length - from);
        await context.Response.Body.WriteAsync(bytes.AsMemory(from, count));
        if (count < bytes.Length - from)
        {
            await context.Response.Body.FlushAsync();
            context.Abort();
        }
    }

    private string? Page(string project)
    {
        string[] names = [.. _files.Keys.Where(f => string.Equals(f.Split('-')[0].Replace('_', '-'), project, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)];
        if (names.Length == 0)
        {
            return null;
        }

        string Hash(string name) => Convert.ToHexStringLower(SHA256.HashData(_files[name]));
        string root = FilesUrl ?? (Json ? "../../files" : "/files");
        return Json
            ? $$"""{"meta":{"api-version":"1.1"},"name":"{{project}}","files":[{{string.Join(',', names.Select(n => $$"""{"filename":"{{n}}","url":"{{root}}/{{n}}","hashes":{{{(Hashes ? $"\"sha256\":\"{Hash(n)}\"" : "")}}},"size":{{_files[n].Length}}}"""))}}]}"""
            : $"<!DOCTYPE html><html><body>{string.Concat(names.Select(n => $"<a href=\"{root}/{n}{(Hashes ? "#sha256=" + Hash(n) : "")}\">{n}</a><br>\n"))}</body></html>";
    }
}
