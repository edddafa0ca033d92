using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace LayerBuild.Testing;

/// <summary>A package index (PEP 503) on the loopback over a folder of wheels and source archives.</summary>
internal sealed partial class PackageIndex : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly string _folder;
    private readonly Task _serving;

    public PackageIndex(string folder)
    {
        _folder = folder;
        // A port that was free a moment ago: HttpListener cannot choose one.
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Authority = $"127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }

        _listener.Prefixes.Add($"http://{Authority}/");
        _listener.Start();
        _serving = Task.Run(ServeAsync);
    }

    public string Authority { get; }

    public string Url => $"http://{Authority}/simple/";

    /// <summary><c>user:password</c> that every request must bring.</summary>
    public string? Credentials { get; set; }

    /// <summary>Attributes of a file's link: <c>data-requires-python="&amp;gt;=3.13"</c>.</summary>
    public ConcurrentDictionary<string, string> Attributes { get; } = new();

    /// <summary>Answers in place of the index's own, by path.</summary>
    public ConcurrentDictionary<string, (int Status, string ContentType, string Body)> Answers { get; } = new();

    /// <summary>Whether links carry the hash of the file.</summary>
    public bool Hashes { get; set; } = true;

    /// <summary>Takes requests and never answers them.</summary>
    public bool Hangs { get; set; }

    /// <summary>Paths that were asked for, in order.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public TaskCompletionSource FirstRequest { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    public static string Normalize(string name) => Separators().Replace(name, "-").ToLowerInvariant();

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            string path = context.Request.Url!.AbsolutePath;
            Requests.Enqueue(path);
            FirstRequest.TrySetResult();
            if (!Hangs)
            {
                Answer(context, Uri.UnescapeDataString(path));
            }
        }
    }

    private void Answer(HttpListenerContext context, string path)
    {
        HttpListenerResponse response = context.Response;
        byte[] body = [];
        if (Credentials is not null && context.Request.Headers["Authorization"] != "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(Credentials)))
        {
            response.StatusCode = 401;
            response.AddHeader("WWW-Authenticate", "Basic realm=\"index\"");
        }
        else if (Answers.TryGetValue(path, out (int Status, string ContentType, string Body) answer))
        {
            response.StatusCode = answer.Status;
            if (answer.Status is 302)
            {
                response.RedirectLocation = answer.Body;
            }
            else
            {
                response.ContentType = answer.ContentType;
                body = Encoding.UTF8.GetBytes(answer.Body);
            }
        }
        else if (path.StartsWith("/files/", StringComparison.Ordinal) && File.Exists(Path.Combine(_folder, path["/files/".Length..])))
        {
            response.ContentType = "application/octet-stream";
            body = File.ReadAllBytes(Path.Combine(_folder, path["/files/".Length..]));
        }
        else if (path.StartsWith("/simple/", StringComparison.Ordinal) && Page(path["/simple/".Length..].Trim('/')) is { } page)
        {
            response.ContentType = "text/html";
            body = Encoding.UTF8.GetBytes(page);
        }
        else
        {
            response.StatusCode = 404;
        }

        try
        {
            response.ContentLength64 = body.Length;
            response.OutputStream.Write(body);
            response.Close();
        }
        catch (HttpListenerException)
        {
            // The client went away.
        }
    }

    private string? Page(string project)
    {
        var links = new StringBuilder();
        foreach (string file in Directory.EnumerateFiles(_folder).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(file);
            if (Normalize(Distribution().Match(name).Groups[1].Value) == project)
            {
                string hash = Hashes ? "#sha256=" + Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))) : "";
                links.Append($"<a href=\"/files/{Uri.EscapeDataString(name)}{hash}\" {Attributes.GetValueOrDefault(name, "")}>{name}</a>\n");
            }
        }

        return links.Length == 0 ? null : $"<!DOCTYPE html><html><body>\n{links}</body></html>";
    }

    [GeneratedRegex("[-_.]+")]
    private static partial Regex Separators();

    [GeneratedRegex(@"^(.+?)-\d")]
    private static partial Regex Distribution();
}
