using System.Security.Cryptography;

namespace LayerBuild.Formats.Wheel;

/// <summary>
/// What a wheel holds, verified: made once per wheel by <see cref="WheelVerifier"/> and remembered beside the wheel
/// (<c>&lt;wheel&gt;.index</c>), so that a later build neither parses nor inflates anything.
/// </summary>
internal sealed class WheelIndex
{
    // Change it whenever the layout below, or anything that the verifier checks or derives, changes.
    private static readonly byte[] Magic = "LBWHEEL\x02"u8.ToArray();

    /// <summary>Name of the .dist-info folder, as the wheel has it.</summary>
    public required string DistInfo { get; init; }

    /// <summary>Name and Version of METADATA.</summary>
    public required string Name { get; init; }

    public required string Version { get; init; }

    /// <summary>The text of METADATA.</summary>
    public required string Metadata { get; init; }

    /// <summary>The text of entry_points.txt; empty when there is none.</summary>
    public required string EntryPoints { get; init; }

    /// <summary>What to warn about; sentences without the wheel's name.</summary>
    public required IReadOnlyList<string> Oddities { get; init; }

    /// <summary>
    /// Everything that is installed, by place and then path (ordinal). Headers, RECORD and its signatures, INSTALLER,
    /// REQUESTED, direct_url.json and compiled Python with its source are left out: they are checked, but not installed.
    /// </summary>
    public required IReadOnlyList<WheelMember> Members { get; init; }

    /// <summary>Takes the remembered index of a wheel, or verifies it and remembers.</summary>
    /// <param name="observe">Sees the files of a wheel while it is verified; null for none.</param>
    /// <exception cref="Diagnostics.DiagnosticException">LB2006.</exception>
    public static WheelIndex Open(ResolvedWheel wheel, CancellationToken cancellation, Func<ResolvedWheel, IWheelObserver>? observe = null)
    {
        string path = wheel.Path + ".index";
        WheelIndex? index = TryLoad(path, wheel);
        if (index is null)
        {
            IWheelObserver? observer = observe?.Invoke(wheel);
            index = WheelVerifier.Verify(wheel, cancellation, observer);
            index.TrySave(path, wheel);
            observer?.Finish();
        }

        return index;
    }

    private static WheelIndex? TryLoad(string path, ResolvedWheel wheel)
    {
        if (WheelNote.TryRead(path, Magic, wheel) is not var (bytes, reader) || reader.ReadString() != wheel.FileName)
        {
            return null;
        }

        string distInfo = reader.ReadString();
        string name = reader.ReadString();
        string version = reader.ReadString();
        string metadata = reader.ReadString();
        string entryPoints = reader.ReadString();
        string[] oddities = new string[reader.ReadInt32()];
        for (int i = 0; i < oddities.Length; i++)
        {
            oddities[i] = reader.ReadString();
        }

        var members = new WheelMember[reader.ReadInt32()];
        for (int i = 0; i < members.Length; i++)
        {
            members[i] = ReadMember(bytes, reader);
        }

        return new WheelIndex
        {
            DistInfo = distInfo,
            Name = name,
            Version = version,
            Metadata = metadata,
            EntryPoints = entryPoints,
            Oddities = oddities,
            Members = members,
        };
    }

    private static WheelMember ReadMember(byte[] bytes, BinaryReader reader)
    {
        var place = (WheelPlace)reader.ReadByte();
        var traits = (WheelMemberTraits)reader.ReadByte();
        bool deflated = reader.ReadBoolean();
        string path = reader.ReadString();
        uint crc = reader.ReadUInt32();
        long size = reader.Read7BitEncodedInt64();
        long compressedSize = reader.Read7BitEncodedInt64();
        long offset = reader.Read7BitEncodedInt64();
        int headLength = reader.ReadByte();
        int at = (int)reader.BaseStream.Position;
        reader.BaseStream.Position += SHA256.HashSizeInBytes + headLength;
        return new WheelMember(
            place, path, traits, deflated, crc, size, compressedSize, offset,
            bytes.AsMemory(at, SHA256.HashSizeInBytes), bytes.AsMemory(at + SHA256.HashSizeInBytes, headLength));
    }

    private void TrySave(string path, ResolvedWheel wheel)
    {
        WheelNote.TryWrite(path, Magic, wheel, writer =>
        {
            writer.Write(wheel.FileName);
            writer.Write(DistInfo);
            writer.Write(Name);
            writer.Write(Version);
            writer.Write(Metadata);
            writer.Write(EntryPoints);
            writer.Write(Oddities.Count);
            foreach (string oddity in Oddities)
            {
                writer.Write(oddity);
            }

            writer.Write(Members.Count);
            foreach (WheelMember member in Members)
            {
                writer.Write((byte)member.Place);
                writer.Write((byte)member.Traits);
                writer.Write(member.Deflated);
                writer.Write(member.Path);
                writer.Write(member.Crc32);
                writer.Write7BitEncodedInt64(member.Size);
                writer.Write7BitEncodedInt64(member.CompressedSize);
                writer.Write7BitEncodedInt64(member.DataOffset);
                writer.Write((byte)member.Head.Length);
                writer.Write(member.Sha256.Span);
                writer.Write(member.Head.Span);
            }
        });
    }
}
