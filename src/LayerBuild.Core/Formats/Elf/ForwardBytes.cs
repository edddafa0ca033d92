using System.Buffers;

namespace LayerBuild.Formats.Elf;

/// <summary>
/// Random access to a stream that may only run forward (an inflating one): it is read as far as was asked for, once,
/// and what was read is kept. A stream that can seek is not kept.
/// </summary>
/// <param name="length">Bytes that the stream is said to have.</param>
internal sealed class ForwardBytes(Stream stream, long length) : IDisposable
{
    private byte[] _kept = [];
    private int _count;
    private bool _ended;

    public long Length => length;

    /// <summary>
    /// Fills <paramref name="destination"/> with the bytes from <paramref name="offset"/> on.
    /// </summary>
    /// <returns>False when they do not all exist.</returns>
    public bool TryRead(long offset, Span<byte> destination) => ReadUpTo(offset, destination) == destination.Length;

    /// <returns>How many bytes there were: fewer than asked for at the end of the file.</returns>
    public int ReadUpTo(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > int.MaxValue - destination.Length)
        {
            // Nothing in a layer is larger than 262,144,000 bytes.
            return 0;
        }

        if (stream.CanSeek)
        {
            stream.Position = offset;
            return stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        }

        Keep((int)offset + destination.Length);
        int available = Math.Clamp(_count - (int)offset, 0, destination.Length);
        _kept.AsSpan(available == 0 ? 0 : (int)offset, available).CopyTo(destination);
        return available;
    }

    public void Dispose()
    {
        stream.Dispose();
        Return(_kept);
        _kept = [];
    }

    private static void Return(byte[] buffer)
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Keep(int count)
    {
        while (_count < count && !_ended)
        {
            if (_count == _kept.Length)
            {
                // Grows as bytes arrive, not as a header claims they will.
                byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(64 * 1024, _count * 2));
                _kept.AsSpan(0, _count).CopyTo(larger);
                Return(_kept);
                _kept = larger;
            }

            int read = stream.Read(_kept, _count, _kept.Length - _count);
            _ended = read == 0;
            _count += read;
        }
    }
}
