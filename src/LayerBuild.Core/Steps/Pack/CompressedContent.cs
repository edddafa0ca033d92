using System.Buffers;
using System.Security.Cryptography;
using LayerBuild.Formats.Zip;
using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Steps.Pack;

/// <summary>The bytes of an entry as they go into the zip: in memory, or a part of a file.</summary>
internal sealed class CompressedContent : IDisposable
{
    private byte[]? _rented;
    private int _start;
    private SafeFileHandle? _file;
    private bool _ownsFile;
    private long _offset;

    private CompressedContent(CompressedEntry form) => Form = form;

    public CompressedEntry Form { get; }

    /// <summary>For the state of the next build; null when it has no use for it.</summary>
    public PackedContent? Origin { get; init; }

    /// <summary>Takes over a buffer of the shared pool.</summary>
    public static CompressedContent InMemory(CompressedEntry form, byte[] rented, int start, PackedContent? origin) =>
        new(form) { _rented = rented, _start = start, Origin = origin };

    public static CompressedContent InFile(CompressedEntry form, SafeFileHandle file, long offset, PackedContent? origin, bool ownsFile = false) =>
        new(form) { _file = file, _offset = offset, _ownsFile = ownsFile, Origin = origin };

    /// <summary>No bytes at all.</summary>
    public static CompressedContent Nothing { get; } = new(default);

    /// <summary>The wheel's own bytes are as small.</summary>
    public static CompressedContent OfWheel(PackedContent? origin) => new(default) { IsWheels = true, Origin = origin };

    /// <summary>The entry is to be copied from its wheel as it lies there; <see cref="Form"/> says nothing then.</summary>
    public bool IsWheels { get; private init; }

    /// <summary>
    /// Takes stored bytes out of a file of an earlier build, if they are there and hash to what they must. Small ones come
    /// into memory; large ones stay in the file, which must stay open.
    /// </summary>
    /// <param name="length">Bytes of the file.</param>
    public static CompressedContent? Verified(SafeFileHandle file, long length, long offset, PackedContent origin, bool ownsFile = false)
    {
        long count = origin.Form.CompressedSize;
        if (offset < 0 || count < 0 || offset > length - count)
        {
            return null;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(count, DeflateEncoder.PieceSize));
        if (count <= DeflateEncoder.PieceSize)
        {
            Span<byte> data = buffer.AsSpan(0, (int)count);
            if (RandomAccess.Read(file, data, offset) == data.Length)
            {
                SHA256.HashData(data, hash);
                if (hash.SequenceEqual(origin.DataSha256.Span))
                {
                    if (ownsFile)
                    {
                        file.Dispose();
                    }

                    return InMemory(origin.Form, buffer, 0, origin);
                }
            }

            ArrayPool<byte>.Shared.Return(buffer);
            return null;
        }

        using IncrementalHash sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long done = 0; done < count;)
        {
            int read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, count - done)), offset + done);
            if (read == 0)
            {
                break;
            }

            sha256.AppendData(buffer, 0, read);
            done += read;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        sha256.GetHashAndReset(hash);
        return hash.SequenceEqual(origin.DataSha256.Span) ? InFile(origin.Form, file, offset, origin, ownsFile) : null;
    }

    public void WriteTo(ZipWriter zip)
    {
        if (_rented is not null)
        {
            zip.Write(_rented.AsSpan(_start, (int)Form.CompressedSize));
        }
        else if (_file is not null)
        {
            zip.Write(_file, _offset, Form.CompressedSize);
        }
    }

    public void Dispose()
    {
        if (_rented is { } rented)
        {
            _rented = null;
            ArrayPool<byte>.Shared.Return(rented);
        }

        if (_ownsFile)
        {
            _file!.Dispose();
        }
    }
}
