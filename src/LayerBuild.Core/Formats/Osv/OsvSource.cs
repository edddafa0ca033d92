using System.Numerics;
using System.Text.Json;
using LayerBuild.Files;

namespace LayerBuild.Formats.Osv;

/// <summary>A zip or a folder of records. Nobody vouches for it: a record that is broken is skipped and counted.</summary>
internal abstract class OsvSource : IDisposable
{
    /// <summary>Bytes of a record. The largest of PyPI and npm have some hundred thousand.</summary>
    protected const long MaxRecordSize = 16 << 20;

    /// <summary>Records of a source.</summary>
    protected const int MaxRecords = 1_000_000;

    /// <summary>Names of packages in a source.</summary>
    private const int MaxPackages = 4_000_000;

    /// <summary>Parts that are read side by side.</summary>
    private const int Parts = 64;

    /// <summary>Full path of the zip or the folder.</summary>
    public abstract string Path { get; }

    public required OsvIndex Index { get; init; }

    /// <summary>Reads the record at a place of the index again.</summary>
    /// <exception cref="InvalidDataException">It cannot be read any more, or is not what it was.</exception>
    public OsvRecord Read(int place)
    {
        byte[] buffer = [];
        try
        {
            return OsvReader.Read(Bytes(place, ref buffer));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    public abstract string NameOf(int place);

    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>The bytes of the record at a place.</summary>
    /// <param name="buffer">What they may be read into; grown as needed.</param>
    /// <exception cref="InvalidDataException">They are not whole.</exception>
    protected abstract ReadOnlyMemory<byte> Bytes(int place, ref byte[] buffer);

    /// <summary>Reads every record once, on all cores.</summary>
    /// <exception cref="InvalidDataException">There is more than anybody needs.</exception>
    protected static OsvIndex Scan(int count, ReadBytes bytes, Func<int, string> name, Func<int, DateOnly?> day, CancellationToken cancellation)
    {
        var parts = new OsvScanned[Math.Min(Parts, count)];
        int packages = 0;
        SideBySide.For(
            parts.Length,
            part =>
            {
                var scanned = new OsvScanned();
                var keys = new List<ulong>();
                byte[] buffer = [];
                int ecosystems = 0;
                for (int place = (int)((long)count * part / parts.Length); place < (long)count * (part + 1) / parts.Length; place++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    keys.Clear();
                    if (Scan(bytes, place, ref buffer, keys, ref ecosystems) is not { } modified)
                    {
                        scanned.Skip(name(place));
                        continue;
                    }

                    scanned.Records++;
                    if (Math.Max(modified, day(place)?.DayNumber ?? 0) is > 0 and int latest)
                    {
                        scanned.Days.Add(latest);
                    }

                    scanned.Packages.AddRange(keys.Distinct().Select(key => (key, place)));
                    if (Interlocked.Add(ref packages, keys.Count) > MaxPackages)
                    {
                        throw new InvalidDataException("it names more packages than there are");
                    }
                }

                scanned.Ecosystems = ecosystems;
                parts[part] = scanned;
            },
            cancellation);
        return OsvIndex.Of(parts);
    }

    /// <summary>Makes room for the bytes of a record.</summary>
    protected static void Grow(ref byte[] buffer, long size)
    {
        if (buffer.Length < size)
        {
            buffer = new byte[(int)BitOperations.RoundUpToPowerOf2((uint)size)];
        }
    }

    protected delegate ReadOnlyMemory<byte> ReadBytes(int place, ref byte[] buffer);

    private static int? Scan(ReadBytes bytes, int place, ref byte[] buffer, List<ulong> keys, ref int ecosystems)
    {
        try
        {
            return OsvScan.Read(OsvReader.WithoutMark(bytes(place, ref buffer)).Span, keys, ref ecosystems);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
