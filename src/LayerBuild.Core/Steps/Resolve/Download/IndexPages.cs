using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;
using LayerBuild.Formats.Index;

namespace LayerBuild.Steps.Resolve.Download;

/// <summary>The pages of indexes, each asked for once in a build.</summary>
/// <param name="patience">How long a server may be silent.</param>
internal sealed class IndexPages(IndexConnection connection, Persistence persistence, TimeSpan patience)
{
    /// <summary>Bytes of a page, after decompression; the largest that are known are a quarter of it.</summary>
    private const int Largest = 64 << 20;

    private readonly ConcurrentDictionary<Uri, Lazy<Task<IndexPage>>> _pages = new();

    /// <summary>The page of a project, or of links.</summary>
    /// <exception cref="IndexFaultException">It cannot be had, or lists nothing.</exception>
    public Task<IndexPage> GetAsync(Uri address, CancellationToken cancellation) =>
        _pages.GetOrAdd(address, a => new Lazy<Task<IndexPage>>(() => a.IsFile ? Task.FromResult(ReadFile(a)) : FetchAsync(a, cancellation))).Value;

    /// <summary>Where an index has the page of a project.</summary>
    /// <param name="name">Normalized.</param>
    public static Uri AddressOf(Uri index, string name)
    {
        string root = index.GetLeftPart(UriPartial.Path);
        string page = $"{(root.EndsWith('/') ? root : root + "/")}{Uri.EscapeDataString(name)}/{(index.IsFile ? "index.html" : "")}{index.Query}";
        return new Uri(page);
    }

    private static IndexPage ReadFile(Uri address)
    {
        try
        {
            return Parse(File.ReadAllBytes(address.LocalPath), address.AbsolutePath.EndsWith(".json", StringComparison.Ordinal) ? "application/json" : "text/html", address);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IndexFaultException(IndexFaultKind.Absent, $"{address.LocalPath} cannot be read", e);
        }
    }

    private async Task<IndexPage> FetchAsync(Uri address, CancellationToken cancellation)
    {
        using IDisposable place = await connection.EnterAsync(address, cancellation).ConfigureAwait(false);
        try
        {
            return await persistence.RunAsync(c => AskAsync(address, c), () => 0, cancellation).ConfigureAwait(false);
        }
        catch (IndexFaultException e)
        {
            connection.NoteDown(address, e);
            throw;
        }
    }

    private async Task<IndexPage> AskAsync(Uri address, CancellationToken cancellation)
    {
        using var silence = new Silence(patience, cancellation);
        using HttpResponseMessage answer = await connection.GetAsync(address, Prepare, silence, cancellation).ConfigureAwait(false);
        Uri landed = answer.RequestMessage!.RequestUri!;
        string shown = IndexConnection.Show(address);
        string? kind = answer.Content.Headers.ContentType?.MediaType;
        if (kind is null || !IndexPage.IsOne(kind))
        {
            throw new IndexFaultException(IndexFaultKind.Lasting, $"{shown} answered with {kind ?? "no content type"}, and that is not the answer of a package index");
        }

        try
        {
            using Stream body = await answer.Content.ReadAsStreamAsync(silence.Token).ConfigureAwait(false);
            using Stream plain = answer.Content.Headers.ContentEncoding.LastOrDefault() switch
            {
                null or "identity" => body,
                "gzip" or "x-gzip" => new GZipStream(body, CompressionMode.Decompress),
                { } other => throw new IndexFaultException(IndexFaultKind.Lasting, $"{shown} is compressed with {other}, which was not asked for"),
            };
            using var bytes = new MemoryStream();
            byte[] buffer = new byte[1 << 15];
            int read;
            while ((read = await plain.ReadAsync(buffer, silence.Token).ConfigureAwait(false)) > 0)
            {
                silence.Heard(read, shown);
                if (bytes.Length + read > Largest)
                {
                    throw new IndexFaultException(IndexFaultKind.Lasting, string.Create(CultureInfo.InvariantCulture, $"{shown} is larger than {Largest >> 20} MB"));
                }

                bytes.Write(buffer, 0, read);
            }

            return Parse(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), kind, landed);
        }
        catch (InvalidDataException e)
        {
            throw new IndexFaultException(IndexFaultKind.Lasting, $"{shown} is not compressed as it says", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            throw silence.FaultOf(e, shown);
        }
    }

    private static IndexPage Parse(ReadOnlySpan<byte> body, string kind, Uri address)
    {
        try
        {
            return IndexPage.Parse(body, kind, address);
        }
        catch (FormatException e)
        {
            throw new IndexFaultException(IndexFaultKind.Lasting, $"{IndexConnection.Show(address)} cannot be understood: {e.Message}", e);
        }
    }

    private static void Prepare(HttpRequestHeaders headers)
    {
        headers.TryAddWithoutValidation("Accept", IndexPage.Accept);
        headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
    }
}
