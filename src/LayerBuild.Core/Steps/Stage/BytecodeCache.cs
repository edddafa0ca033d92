using System.Security.Cryptography;
using System.Text;
using LayerBuild.Files;
using LayerBuild.Formats.Wheel;
using LayerBuild.Formats.Zip;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Stage;

/// <summary>
/// The compiled files of one wheel, beside it: <c>&lt;wheel&gt;.pyc-&lt;key&gt;</c>. The key holds all that they depend
/// on: the sources and their paths, the Python, the script.
/// </summary>
internal sealed class BytecodeCache
{
    // Change it whenever the layout below changes.
    private static readonly byte[] Magic = "LBPYC\x02\n\n"u8.ToArray();

    /// <summary>Bytes of a row of the head: a file's length and hash. The files follow one behind the other.</summary>
    private const int RowSize = 4 + SHA256.HashSizeInBytes;

    private readonly string _path;
    private readonly int _count;

    public BytecodeCache(string wheelPath, string identity, PlacedFile[] sources)
    {
        using IncrementalHash key = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        key.AppendData(Encoding.UTF8.GetBytes(identity));
        Span<byte> sha256 = stackalloc byte[SHA256.HashSizeInBytes];
        foreach (PlacedFile source in sources)
        {
            source.Content.HashTo(sha256);
            key.AppendData(Encoding.UTF8.GetBytes($"\n{source.Path}\n"));
            key.AppendData(sha256);
        }

        _path = $"{wheelPath}.pyc-{Convert.ToHexStringLower(key.GetHashAndReset().AsSpan(0, 8))}";
        _count = sources.Length;
    }

    private int HeadSize => Magic.Length + (_count * RowSize) + SHA256.HashSizeInBytes;

    /// <returns>In the order of the sources; null when there is nothing, or it is damaged.</returns>
    public IReadOnlyList<EntryContent>? TryLoad()
    {
        try
        {
            using FileStream file = File.OpenRead(_path);
            using var reader = new BinaryReader(file);
            byte[] head = reader.ReadBytes(HeadSize);
            if (!SealedFile.IsWhole(head, Magic))
            {
                return null;
            }

            long offset = file.Position;
            var contents = new EntryContent[_count];
            for (int i = 0; i < _count; i++)
            {
                ReadOnlyMemory<byte> row = head.AsMemory(Magic.Length + (i * RowSize), RowSize);
                int length = BitConverter.ToInt32(row.Span);
                if (!SHA256.HashData(reader.ReadBytes(length)).AsSpan().SequenceEqual(row.Span[4..]))
                {
                    return null;
                }

                contents[i] = new FilePartContent(_path, offset, length, row[4..]);
                offset += length;
            }

            return contents;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <returns>Null when it cannot be written.</returns>
    public IReadOnlyList<EntryContent>? TrySave(byte[][] results)
    {
        string temporary = AtomicFile.Beside(_path);
        try
        {
            using (FileStream file = File.Create(temporary))
            {
                byte[] head = new byte[HeadSize];
                for (int i = 0; i < results.Length; i++)
                {
                    Span<byte> row = head.AsSpan(Magic.Length + (i * RowSize), RowSize);
                    BitConverter.TryWriteBytes(row, results[i].Length);
                    SHA256.HashData(results[i], row[4..]);
                }

                SealedFile.Seal(head, Magic);
                file.Write(head);
                Array.ForEach(results, result => file.Write(result));
            }

            File.Move(temporary, _path, overwrite: true);
            return TryLoad();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            try
            {
                File.Delete(temporary);
            }
            catch (Exception again) when (again is IOException or UnauthorizedAccessException)
            {
                // Not there, or not ours to delete.
            }

            return null;
        }
    }

    /// <summary>A part of a file whose bytes were hashed.</summary>
    private sealed class FilePartContent(string path, long offset, int length, ReadOnlyMemory<byte> sha256) : EntryContent
    {
        public override long Size => length;

        public override Stream Open() => new MemberStream(File.OpenHandle(path), offset, length, ownsHandle: true);

        public override void HashTo(Span<byte> hash) => sha256.Span.CopyTo(hash);
    }
}
