using LayerBuild.Files;
using LayerBuild.Formats.Elf;
using LayerBuild.Formats.Wheel;

namespace LayerBuild.Steps.Verify;

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

    /// <summary>Whether nothing was found in any member.</summary>
    public bool IsEmpty => _facts.Count == 0;

    /// <summary>Takes the remembered facts of a wheel, or reads those of its members that must be read, and remembers.</summary>
    public static WheelFacts Open(ResolvedWheel wheel, CancellationToken cancellation)
    {
        if (TryLoad(wheel) is { } known)
        {
            return known;
        }

        WheelMember[] members = [.. WheelIndex.Open(wheel, cancellation).Members.Where(m => FileInspector.MustRead(m.Path, m.Head.Span, m.Size))];
        var found = new FileFacts[members.Length];
        SideBySide.For(members.Length, i => found[i] = FileInspector.Inspect(members[i].Path, new WheelContent(wheel, members[i]).Open(), members[i].Size), cancellation);
        var facts = new WheelFacts();
        for (int i = 0; i < members.Length; i++)
        {
            if (!ReferenceEquals(found[i], FileFacts.Nothing))
            {
                facts.Add(members[i].Place, members[i].Path, found[i]);
            }
        }

        facts.Save(wheel);
        return facts;
    }

    /// <summary>Not from several threads at once.</summary>
    public void Add(WheelPlace place, string path, FileFacts facts) => _facts[(place, path)] = facts;

    public void Save(ResolvedWheel wheel) => WheelNote.TryWrite(NotePath(wheel), Magic, wheel, writer =>
    {
        writer.Write(_facts.Count);
        foreach (((WheelPlace place, string member), FileFacts facts) in _facts.OrderBy(f => f.Key.Item2, StringComparer.Ordinal).ThenBy(f => f.Key.Item1))
        {
            writer.Write((byte)place);
            writer.Write(member);
            Write(writer, facts);
        }
    });

    private static string NotePath(ResolvedWheel wheel) => wheel.Path + ".facts";

    private static WheelFacts? TryLoad(ResolvedWheel wheel)
    {
        if (WheelNote.TryRead(NotePath(wheel), Magic, wheel) is not var (_, reader))
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
