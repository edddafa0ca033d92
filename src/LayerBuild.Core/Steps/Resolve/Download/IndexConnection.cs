using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LayerBuild.Steps.Resolve.Download;

/// <summary>
/// Asks servers, over connections that are kept: with credentials that are theirs, through proxies, along redirects. One
/// answer at a time: who wants to try again does (<see cref="Persistence"/>).
/// </summary>
internal sealed class IndexConnection : IDisposable
{
    /// <summary>Requests side by side to one host; more bring nothing.</summary>
    private const int MostAtOnce = 16;

    private const int MostRedirects = 10;

    private readonly DownloadSettings _settings;
    private readonly IndexCredentials _credentials;
    private readonly TimeProvider _time;
    private readonly Lazy<HttpClient> _plain;
    private readonly Lazy<HttpClient> _safe;
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, string> _down = new(StringComparer.OrdinalIgnoreCase);

    public IndexConnection(DownloadSettings settings, IndexCredentials credentials, TimeProvider time)
    {
        _settings = settings;
        _credentials = credentials;
        _time = time;
        // Reading a file of certificates takes longer than most answers: only who needs them does.
        _plain = new Lazy<HttpClient>(() => NewClient(null));
        _safe = new Lazy<HttpClient>(() => NewClient(SafetyOf(settings)));
    }

    /// <summary>An address as it is shown: without a login, and without a query, which may hold a signature.</summary>
    public static string Show(Uri address) => address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <summary>Waits for a place among the requests to a host; dispose of it when its answer is read.</summary>
    public async Task<IDisposable> EnterAsync(Uri address, CancellationToken cancellation)
    {
        SemaphoreSlim gate = _gates.GetOrAdd(address.Authority, _ => new SemaphoreSlim(MostAtOnce));
        await gate.WaitAsync(cancellation).ConfigureAwait(false);
        return new Place(gate);
    }

    /// <summary>Sends a request and follows redirects.</summary>
    /// <param name="prepare">Adds headers.</param>
    /// <returns>An answer that says success, its body not read yet.</returns>
    /// <exception cref="IndexFaultException">There was no such answer.</exception>
    public async Task<HttpResponseMessage> GetAsync(Uri address, Action<HttpRequestHeaders> prepare, Silence silence, CancellationToken cancellation)
    {
        Uri at = address;
        for (int hop = 0; hop <= MostRedirects; hop++)
        {
            if (at.Scheme != Uri.UriSchemeHttps && !_settings.IsTrusted(at))
            {
                throw new IndexFaultException(IndexFaultKind.Lasting, $"{Show(at)} is not asked, because it is not https and its host is not trusted (trusted-host)");
            }

            HttpResponseMessage answer = await SendAsync(at, prepare, silence, cancellation).ConfigureAwait(false);
            if (answer.IsSuccessStatusCode)
            {
                return answer;
            }

            using (answer)
            {
                if ((int)answer.StatusCode is not (301 or 302 or 303 or 307 or 308) || answer.Headers.Location is not { } location)
                {
                    IndexFaultException fault = IndexFaultException.Of(answer, Show(at), _time.GetUtcNow());
                    throw fault.Kind == IndexFaultKind.Denied && answer.StatusCode != HttpStatusCode.ProxyAuthenticationRequired
                        ? new IndexFaultException(IndexFaultKind.Denied, $"{fault.Message} ({_credentials.Describe(at)})")
                        : fault;
                }

                // What a redirect says of credentials is not ours.
                if (!Uri.TryCreate(at, location, out Uri? next) || !Login.TrySplit(next.AbsoluteUri, out next, out _) || next.IsFile)
                {
                    throw new IndexFaultException(IndexFaultKind.Lasting, $"{Show(at)} redirected to something that is no address");
                }

                at = next;
            }
        }

        throw new IndexFaultException(IndexFaultKind.Lasting, $"{Show(address)} redirected more than {MostRedirects} times");
    }

    /// <summary>Remembers that there is no way to a server, so that not everything waits for it anew.</summary>
    public void NoteDown(Uri address, IndexFaultException fault)
    {
        if (fault.IsDown)
        {
            _down[address.Authority] = fault.Message;
        }
    }

    public void Dispose()
    {
        foreach (Lazy<HttpClient> client in (Lazy<HttpClient>[])[_plain, _safe])
        {
            if (client.IsValueCreated)
            {
                client.Value.Dispose();
            }
        }

        foreach (SemaphoreSlim gate in _gates.Values)
        {
            gate.Dispose();
        }
    }

    private async Task<HttpResponseMessage> SendAsync(Uri address, Action<HttpRequestHeaders> prepare, Silence silence, CancellationToken cancellation)
    {
        if (_down.TryGetValue(address.Authority, out string? reason))
        {
            throw new IndexFaultException(IndexFaultKind.Lasting, reason);
        }

        Login? login = _credentials.For(address);
        HttpResponseMessage answer = await SendAsync(address, prepare, login, silence).ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.Unauthorized && await AskAsync(address, login, silence, cancellation).ConfigureAwait(false) is { } found)
        {
            answer.Dispose();
            answer = await SendAsync(address, prepare, found, silence).ConfigureAwait(false);
        }

        return answer;
    }

    private async Task<Login?> AskAsync(Uri address, Login? tried, Silence silence, CancellationToken cancellation)
    {
        // The server is not to blame for the time that this takes.
        silence.Pause();
        Login? login = await _credentials.AskAsync(address, tried, cancellation).ConfigureAwait(false);
        silence.Heard(0, Show(address));
        return login;
    }

    private async Task<HttpResponseMessage> SendAsync(Uri address, Action<HttpRequestHeaders> prepare, Login? login, Silence silence)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        prepare(request.Headers);
        if (login is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", login.ToHeader());
        }

        try
        {
            HttpClient client = (address.Scheme == Uri.UriSchemeHttps ? _safe : _plain).Value;
            HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token).ConfigureAwait(false);
            silence.Heard(0, Show(address));
            return answer;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            throw silence.FaultOf(e, Show(address));
        }
    }

    private HttpClient NewClient(SslClientAuthenticationOptions? safety)
    {
        IWebProxy? proxy = IndexProxy.Of(_settings);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            MaxConnectionsPerServer = MostAtOnce,
            ConnectTimeout = _settings.Timeout,
            UseProxy = proxy is not null,
            Proxy = proxy,
        };
        if (safety is not null)
        {
            handler.SslOptions = safety;
        }

        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("layerbuild", "1.0"));
        return client;
    }

    /// <exception cref="IndexFaultException">The certificates that the settings name cannot be read.</exception>
    private static SslClientAuthenticationOptions SafetyOf(DownloadSettings settings)
    {
        var options = new SslClientAuthenticationOptions();
        try
        {
            if (settings.Certificates is { } roots)
            {
                // As curl, pip and the rest: what is in the file counts, and nothing else.
                var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                foreach (string file in Directory.Exists(roots) ? Directory.GetFiles(roots).Where(f => Path.GetExtension(f) is ".pem" or ".crt" or ".cer" or ".0") : [roots])
                {
                    policy.CustomTrustStore.ImportFromPemFile(file);
                }

                options.CertificateChainPolicy = policy;
            }

            if (settings.ClientCertificate is { } own)
            {
                var certificate = X509Certificate2.CreateFromPemFile(own);
                if (OperatingSystem.IsWindows())
                {
                    // TLS there takes no key that is only in memory.
                    using X509Certificate2 read = certificate;
                    certificate = X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null);
                }

                options.ClientCertificates = [certificate];
                options.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new IndexFaultException(IndexFaultKind.Lasting, $"the certificates that the settings name cannot be read: {e.Message.TrimEnd('.')}", e);
        }

        if (settings.TrustedHosts.Count > 0)
        {
            options.RemoteCertificateValidationCallback = (sender, _, _, errors) =>
                errors == SslPolicyErrors.None || (sender is SslStream stream && settings.IsTrustedHost(stream.TargetHostName, null));
        }

        return options;
    }

    private sealed class Place(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
