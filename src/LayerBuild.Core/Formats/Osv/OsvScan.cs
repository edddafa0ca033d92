using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace LayerBuild.Formats.Osv;

/// <summary>
/// One pass over the tokens of a record, without making anything of them: is it whole, when was it changed, and which packages does it name?
/// That takes a fraction of the time that inflating it takes, and nearly every record is about a package that no layer holds.
/// </summary>
internal static class OsvScan
{
    /// <summary>Packages of one record; the largest real ones name some hundreds.</summary>
    private const int MaxPackages = 10_000;

    /// <summary>Characters of a name; longer ones are no packages.</summary>
    private const int MaxNameLength = 300;

    /// <param name="json">UTF-8, without a byte order mark.</param>
    /// <param name="packages">Takes the keys of its packages of PyPI and npm.</param>
    /// <param name="ecosystems">Takes their flags.</param>
    /// <returns>The day of its last change, 0 when it does not say; null when it is not a record.</returns>
    public static int? Read(ReadOnlySpan<byte> json, List<ulong> packages, ref int ecosystems)
    {
        int before = packages.Count;
        int found = 0;
        int? day = null;
        try
        {
            day = Record(json, packages, ref found);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or text that is not UTF-8.
        }

        if (day is null)
        {
            packages.RemoveRange(before, packages.Count - before);
            return null;
        }

        ecosystems |= found;
        return day;
    }

    /// <summary>Stands for a package. Two packages may have one key: who finds a record by it looks at the names.</summary>
    /// <param name="name">The package's key in its ecosystem.</param>
    public static ulong Key(OsvEcosystem ecosystem, string name) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{ecosystem.Name} {name}")));

    private static int? Record(ReadOnlySpan<byte> json, List<ulong> packages, ref int ecosystems)
    {
        var reader = new Utf8JsonReader(json, OsvReader.Limits);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        bool hasId = false;
        int day = 0;
        int first = packages.Count;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                hasId = reader.TokenType == JsonTokenType.String;
            }
            else if (reader.ValueTextEquals("modified"u8))
            {
                reader.Read();
                day = reader.TokenType == JsonTokenType.String && OsvReader.Time(reader.GetString()) is { } time ? DateOnly.FromDateTime(time.UtcDateTime).DayNumber : 0;
            }
            else if (reader.ValueTextEquals("affected"u8))
            {
                reader.Read();
                if (!Affected(ref reader, packages, first, ref ecosystems))
                {
                    return null;
                }
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        // Whatever follows the record is none of it.
        return hasId && !reader.Read() ? day : null;
    }

    private static bool Affected(ref Utf8JsonReader reader, List<ulong> packages, int first, ref int ecosystems)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return reader.TokenType == JsonTokenType.Null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isPackage = reader.ValueTextEquals("package"u8);
                reader.Read();
                if (isPackage && reader.TokenType == JsonTokenType.StartObject)
                {
                    if (packages.Count - first == MaxPackages)
                    {
                        return false;
                    }

                    Package(ref reader, packages, ref ecosystems);
                }
                else
                {
                    reader.Skip();
                }
            }
        }

        return reader.TokenType == JsonTokenType.EndArray;
    }

    private static void Package(ref Utf8JsonReader reader, List<ulong> packages, ref int ecosystems)
    {
        OsvEcosystem? ecosystem = null;
        string? name = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isName = reader.ValueTextEquals("name"u8);
            bool isEcosystem = reader.ValueTextEquals("ecosystem"u8);
            reader.Read();
            if (isName && reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length <= MaxNameLength)
            {
                name = reader.GetString();
            }
            else if (isEcosystem && reader.TokenType == JsonTokenType.String)
            {
                ecosystem = Ecosystem(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        if (ecosystem is not null && name is not null)
        {
            packages.Add(Key(ecosystem, ecosystem.Key(name)));
            ecosystems |= ecosystem.Flag;
        }
    }

    private static OsvEcosystem? Ecosystem(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return OsvEcosystem.Find(reader.ValueSpan);
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            return OsvEcosystem.Find(rented.AsSpan(0, reader.CopyString(rented)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
