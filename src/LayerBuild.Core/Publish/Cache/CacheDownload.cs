using System.Diagnostics;
using System.Security.Cryptography;

namespace LayerBuild.Publish.Cache;

/// <summary>Takes what the remote cache sends: in time, whole, and nothing that is not what its hash says.</summary>
/// <param name="patience">What a transfer may take beside the time of its bytes.</param>
internal sealed class CacheDownload(TimeSpan patience)
{
    /// <summary>Bytes a second below which doing the work again is quicker.</summary>
    private const double SlowestRate = 1_000_000;

    /// <summary>Writes what comes to <paramref name="path"/>, unless it is not what it should be.</summary>
    /// <returns>What is wrong with it; null when nothing is.</returns>
    public async Task<string?> SaveAsync(Stream content, long size, string sha256, string path, CancellationToken cancellation)
    {
        string beside = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            FileStream file = File.Create(beside);
            await using (file.ConfigureAwait(false))
            {
                long length = await CopyAsync(
                    content,
                    size,
                    async part =>
                    {
                        hash.AppendData(part.Span);
                        await file.WriteAsync(part, cancellation).ConfigureAwait(false);
                    },
                    cancellation).ConfigureAwait(false);
                if (length != size)
                {
                    return length < size ? "it is shorter than it should be" : "it is longer than it should be";
                }
            }

            if (Convert.ToHexStringLower(hash.GetHashAndReset()) != sha256)
            {
                return "its bytes do not match its hash";
            }

            File.Move(beside, path, overwrite: true);
            return null;
        }
        finally
        {
            File.Delete(beside);
        }
    }

    /// <summary>Reads an index; of one that is too long, only the beginning.</summary>
    public async Task<byte[]> ReadIndexAsync(Stream content, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream();
        await CopyAsync(content, CachedLayer.MaxIndex, async part => await bytes.WriteAsync(part, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        return bytes.ToArray();
    }

    /// <summary>
    /// Hands on what comes, until it is more than <paramref name="most"/> bytes. What comes in drops is given up as soon as
    /// it is slower than <see cref="SlowestRate"/>, after the first seconds, or stands still.
    /// </summary>
    /// <returns>Bytes that came.</returns>
    private async Task<long> CopyAsync(Stream content, long most, Func<ReadOnlyMemory<byte>, Task> take, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        byte[] buffer = new byte[81_920];
        long start = Stopwatch.GetTimestamp();
        long length = 0;
        while (length <= most)
        {
            TimeSpan left = patience + TimeSpan.FromSeconds(length / SlowestRate) - Stopwatch.GetElapsedTime(start);
            limit.CancelAfter(left <= TimeSpan.Zero ? TimeSpan.Zero : left < patience ? left : patience);
            int read;
            try
            {
                read = await content.ReadAsync(buffer, limit.Token).ConfigureAwait(false);
            }
            catch (Exception) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
            {
                throw new TimeoutException("It is too slow.");
            }

            if (read == 0)
            {
                break;
            }

            length += read;
            await take(buffer.AsMemory(0, read)).ConfigureAwait(false);
        }

        return length;
    }
}
