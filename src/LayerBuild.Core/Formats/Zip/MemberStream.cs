using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Formats.Zip;

/// <summary>
/// The stored bytes of one member of a zip. Keeps its last byte back until it is asked for again, so that
/// <see cref="IsExact"/> can tell whether an inflater above it stopped exactly at the member's end.
/// </summary>
internal sealed class MemberStream(SafeFileHandle file, long offset, long length, bool ownsHandle = false) : Stream
{
    private long _position;
    private bool _pastEnd;

    /// <summary>Most bytes of one read: how far ahead of its output an inflater can be.</summary>
    public int ReadSize { get; init; } = int.MaxValue;

    /// <summary>All bytes were wanted, and no more than all.</summary>
    public bool IsExact => _position == length && !_pastEnd;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>The inflated bytes of a member of the zip at <paramref name="path"/>, with a file handle of their own.</summary>
    /// <param name="offset">Of its stored bytes.</param>
    /// <param name="length">Of its stored bytes.</param>
    public static Stream Open(string path, long offset, long length, bool deflated)
    {
        var stream = new MemberStream(File.OpenHandle(path), offset, length, ownsHandle: true);
        return deflated ? new DeflateStream(stream, CompressionMode.Decompress) : stream;
    }

    public override int Read(Span<byte> buffer)
    {
        long left = length - _position;
        if (left == 0)
        {
            _pastEnd = true;
            return 0;
        }

        int count = (int)Math.Min(Math.Min(buffer.Length, ReadSize), left > 1 ? left - 1 : 1);
        int read = RandomAccess.Read(file, buffer[..count], offset + _position);
        if (read == 0 && count > 0)
        {
            throw new InvalidDataException("The file was cut short while it was being read.");
        }

        _position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && ownsHandle)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }
}
