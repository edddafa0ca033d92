using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using LayerBuild.Formats.Index;
using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Steps.Resolve.Download;

/// <summary>
/// Brings one file into a folder of our own and sums it while its bytes pass. When the connection breaks, it goes on where
/// it was, if the server can.
/// </summary>
internal sealed class WheelTransfer : IDisposable
{
    /// <summary>Bytes of a file, however large it says it is. A layer holds 250 MB.</summary>
    private const long Largest = 2L << 30;

    private readonly IndexConnection _connection;
    private readonly TimeSpan _patience;
    private readonly Uri _address;
    private readonly string _shown;
    private readonly long? _size;
    private readonly SafeFileHandle _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _received;
    private bool _resumes = true;
    private EntityTagHeaderValue? _tag;

    /// <param name="path">Full path of a file that is not there yet.</param>
    /// <param name="size">Bytes, when that is known.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public WheelTransfer(IndexConnection connection, TimeSpan patience, Uri address, string path, long? size)
    {
        _connection = connection;
        _patience = patience;
        _address = address;
        _shown = address.IsFile ? address.LocalPath : IndexConnection.Show(address);
        _size = size;
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
    }

    /// <summary>A page came instead of a file: a login, mostly.</summary>
    public bool IsPage { get; private set; }

    /// <summary>Some of it came with another request than the rest.</summary>
    public bool WasResumed { get; private set; }

    /// <returns>SHA-256 of all that came, lower-case hex.</returns>
    /// <exception cref="IndexFaultException">It could not be had.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public async Task<string> RunAsync(Persistence persistence, CancellationToken cancellation)
    {
        if (_address.IsFile)
        {
            await CopyAsync(cancellation).ConfigureAwait(false);
            return Sum();
        }

        using IDisposable place = await _connection.EnterAsync(_address, cancellation).ConfigureAwait(false);
        try
        {
            await persistence.RunAsync(FetchAsync, () => _received, cancellation).ConfigureAwait(false);
            string sum = Sum();
            return sum;
        }
        catch (IndexFaultException e)
        {
            _connection.NoteDown(_address, e);
            throw;
        }
    }

    /// <summary>Forgets what came, to have it whole from one request.</summary>
    public void StartAgain()
    {
        Restart();
        _resumes = false;
        WasResumed = false;
    }

    public void Dispose()
    {
        _file.Dispose();
        _hash.Dispose();
    }

    private string Sum() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    private void Restart()
    {
        _hash.GetHashAndReset();
        _received = 0;
        RandomAccess.SetLength(_file, 0);
    }

    private async Task CopyAsync(CancellationToken cancellation)
    {
        FileStream source;
        try
        {
            source = new FileStream(_address.LocalPath, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IndexFaultException(IndexFaultKind.Absent, $"{_shown} cannot be read: {e.Message.TrimEnd('.')}", e);
        }

        await using (source.ConfigureAwait(false))
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 17);
            try
            {
                int read;
                while ((read = await source.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
                {
                    Take(buffer.AsSpan(0, read));
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private async Task<bool> FetchAsync(CancellationToken cancellation)
    {
        using var silence = new Silence(_patience, cancellation);
        if (!_resumes && _received > 0)
        {
            Restart();
        }

        HttpResponseMessage answer;
        try
        {
            answer = await _connection.GetAsync(_address, Prepare, silence, cancellation).ConfigureAwait(false);
        }
        catch (IndexFaultException e) when (_received > 0 && e.Kind == IndexFaultKind.Lasting)
        {
            // 416, or a server that minds the header.
            _resumes = false;
            throw new IndexFaultException(IndexFaultKind.Passing, e.Message, e);
        }

        using (answer)
        {
            if (answer.StatusCode == HttpStatusCode.PartialContent && _received > 0)
            {
                if (answer.Content.Headers.ContentRange is not { Unit: "bytes", From: { } from } || from != _received)
                {
                    _resumes = false;
                    throw new IndexFaultException(IndexFaultKind.Passing, $"{_shown} went on at another place than it was asked to");
                }

                WasResumed = true;
            }
            else
            {
                Restart();
            }

            IsPage = IndexPage.IsHtml(answer.Content.Headers.ContentType?.MediaType);
            _tag = answer.Headers.ETag is { IsWeak: false } tag ? tag : null;
            await ReadAsync(answer, silence).ConfigureAwait(false);
        }

        if (_size is { } size && _received < size && !IsPage)
        {
            throw new IndexFaultException(IndexFaultKind.Passing, string.Create(CultureInfo.InvariantCulture, $"{_shown} ended after {_received} of {size} bytes"));
        }

        return true;
    }

    private async Task ReadAsync(HttpResponseMessage answer, Silence silence)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 17);
        try
        {
            using Stream body = await FromServerAsync(() => answer.Content.ReadAsStreamAsync(silence.Token), silence).ConfigureAwait(false);
            int read;
            while ((read = await FromServerAsync(() => body.ReadAsync(buffer, silence.Token).AsTask(), silence).ConfigureAwait(false)) > 0)
            {
                silence.Heard(read, _shown);
                Take(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Tells the failures of the server from those of the disk.</summary>
    private async Task<T> FromServerAsync<T>(Func<Task<T>> read, Silence silence)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            throw silence.FaultOf(e, _shown);
        }
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        if (_received + bytes.Length > (_size ?? Largest))
        {
            throw new IndexFaultException(IndexFaultKind.Lasting, string.Create(CultureInfo.InvariantCulture, $"{_shown} holds more than {_size ?? Largest} bytes, which is more than it should"));
        }

        RandomAccess.Write(_file, bytes, _received);
        _hash.AppendData(bytes);
        _received += bytes.Length;
    }

    private void Prepare(HttpRequestHeaders headers)
    {
        // As they are: it is these bytes that the hash is of.
        headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        if (_received > 0)
        {
            headers.Range = new RangeHeaderValue(_received, null);
            if (_tag is not null)
            {
                headers.IfRange = new RangeConditionHeaderValue(_tag);
            }
        }
    }
}
