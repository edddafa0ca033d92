using System.Security.Cryptography;
using System.Text;
using LayerBuild.Resolve;
using LayerBuild.Stage;

namespace LayerBuild.Verify;

/// <summary>
/// What the files of a wheel say, remembered beside the wheel (<c>&lt;wheel&gt;.facts</c>): an unchanged wheel is not read again.
/// </summary>
internal sealed class WheelFacts
{
    // Change it whenever the layout below changes, or what is looked for in files.
    private static readonly byte[] Magic = "LBFACTS\x02"u8.ToArray();

    private readonly Dictionary<(WheelPlace, string), FileFacts> _facts = [];

    /// <summary>What was found in a member; nothing for those in which nothing was.</summary>
    public FileFacts this[WheelMember member] => _facts.GetValueOrDefault((member.Place, member.Path), FileFacts.Nothing);

    /// <summary>Takes the remembered facts of a wheel, or reads all of its members and remembers.</summary>
    public static WheelFacts Open(ResolvedWheel wheel, CancellationToken cancellation)
    {
        string path = wheel.Path + ".facts";
        if (TryLoad(path, wheel) is { } known)
        {
            return known;
        }

        var facts = new WheelFacts();
        IReadOnlyList<WheelMember> members = WheelIndex.Open(wheel, cancellation).Members;
        var found = new FileFacts[members.Count];
        var options = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, members.Count, options, i => found[i] = FileInspector.Inspect(new WheelContent(wheel, members[i])));
        for (int i = 0; i < members.Count; i++)
        {
            if (found[i] != FileFacts.Nothing)
            {
                facts._facts[(members[i].Place, members[i].Path)] = found[i];
            }
        }

        facts.TrySave(path, wheel);
        return facts;
    }

    private static WheelFacts? TryLoad(string path, ResolvedWheel wheel)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        // The file ends with its own hash: a half-written or damaged one is as good as none.
        int end = bytes.Length - SHA256.HashSizeInBytes;
        if (end < Magic.Length || !bytes.AsSpan().StartsWith(Magic)
            || !SHA256.HashData(bytes.AsSpan(0, end)).AsSpan().SequenceEqual(bytes.AsSpan(end)))
        {
            return null;
        }

        using var reader = new BinaryReader(new MemoryStream(bytes, Magic.Length, end - Magic.Length), Encoding.UTF8);
        if (reader.ReadString() != wheel.Sha256)
        {
            return null;
        }

        var facts = new WheelFacts();
        for (int count = reader.ReadInt32(); count > 0; count--)
        {
            var place = (WheelPlace)reader.ReadByte();
            string member = reader.ReadString();
            facts._facts[(place, member)] = Read(reader);
        }

        return facts;
    }

    private void TrySave(string path, ResolvedWheel wheel)
    {
        var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Magic);
        writer.Write(wheel.Sha256);
        writer.Write(_facts.Count);
        foreach (((WheelPlace place, string member), FileFacts facts) in _facts.OrderBy(f => f.Key.Item2, StringComparer.Ordinal).ThenBy(f => f.Key.Item1))
        {
            writer.Write((byte)place);
            writer.Write(member);
            Write(writer, facts);
        }

        writer.Flush();
        writer.Write(SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        writer.Flush();
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            File.WriteAllBytes(temporary, stream.ToArray());
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A cache that cannot be written costs time, no more.
            try
            {
                File.Delete(temporary);
            }
            catch (Exception again) when (again is IOException or UnauthorizedAccessException)
            {
            }
        }
    }

    private static FileFacts Read(BinaryReader reader)
    {
        var facts = new FileFacts((FileFormat)reader.ReadByte())
        {
            Shebang = ReadText(reader),
            CarriageReturn = reader.ReadBoolean(),
            Secrets = ReadList(reader, static r => new Secret(r.ReadString(), r.ReadInt32())),
        };
        return facts.Format != FileFormat.Elf ? facts : facts with
        {
            Elf = new ElfFile
            {
                Is64Bit = reader.ReadBoolean(),
                IsLittleEndian = reader.ReadBoolean(),
                Machine = reader.ReadInt32(),
                OsAbi = reader.ReadByte(),
                Type = (ElfType)reader.ReadByte(),
                Damage = ReadText(reader),
                IsDynamic = reader.ReadBoolean(),
                Interpreter = ReadText(reader),
                Soname = ReadText(reader),
                Needed = ReadList(reader, static r => r.ReadString()),
                RPath = ReadText(reader),
                RunPath = ReadText(reader),
                VersionNeeds = ReadList(reader, static r => new ElfVersionNeed(r.ReadString(), r.ReadString(), r.ReadBoolean())),
                HasRelr = reader.ReadBoolean(),
                X86Level = reader.ReadByte(),
            },
        };
    }

    private static void Write(BinaryWriter writer, FileFacts facts)
    {
        writer.Write((byte)facts.Format);
        WriteText(writer, facts.Shebang);
        writer.Write(facts.CarriageReturn);
        WriteList(writer, facts.Secrets, static (w, secret) =>
        {
            w.Write(secret.Kind);
            w.Write(secret.Line);
        });
        if (facts.Elf is not { } elf)
        {
            return;
        }

        writer.Write(elf.Is64Bit);
        writer.Write(elf.IsLittleEndian);
        writer.Write(elf.Machine);
        writer.Write((byte)elf.OsAbi);
        writer.Write((byte)elf.Type);
        WriteText(writer, elf.Damage);
        writer.Write(elf.IsDynamic);
        WriteText(writer, elf.Interpreter);
        WriteText(writer, elf.Soname);
        WriteList(writer, elf.Needed, static (w, library) => w.Write(library));
        WriteText(writer, elf.RPath);
        WriteText(writer, elf.RunPath);
        WriteList(writer, elf.VersionNeeds, static (w, need) =>
        {
            w.Write(need.Library);
            w.Write(need.Version);
            w.Write(need.Weak);
        });
        writer.Write(elf.HasRelr);
        writer.Write((byte)elf.X86Level);
    }

    private static string? ReadText(BinaryReader reader) => reader.ReadBoolean() ? reader.ReadString() : null;

    private static void WriteText(BinaryWriter writer, string? text)
    {
        writer.Write(text is not null);
        if (text is not null)
        {
            writer.Write(text);
        }
    }

    private static T[] ReadList<T>(BinaryReader reader, Func<BinaryReader, T> read)
    {
        var list = new T[reader.ReadInt32()];
        for (int i = 0; i < list.Length; i++)
        {
            list[i] = read(reader);
        }

        return list;
    }

    private static void WriteList<T>(BinaryWriter writer, IReadOnlyList<T> list, Action<BinaryWriter, T> write)
    {
        writer.Write(list.Count);
        foreach (T item in list)
        {
            write(writer, item);
        }
    }
}
