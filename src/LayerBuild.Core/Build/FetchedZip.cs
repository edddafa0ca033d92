using LayerBuild.Formats.Zip;
using LayerBuild.Lambda;
using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Build;

/// <summary>The tree that a zip of ours holds.</summary>
internal static class FetchedZip
{
    /// <exception cref="InvalidDataException">It is no zip, or not one of a layer.</exception>
    public static LayerTree Read(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        return new LayerTree([.. ZipDirectory.Read(file).Where(m => !m.IsDirectory).Select(member => new LayerEntry(
            ZipPath.TryParse(member.Name, out ZipPath name) ? name : throw new InvalidDataException($"'{member.Name}' is not a path in a layer"),
            member.IsSymbolicLink ? EntryKind.SymbolicLink : member.IsExecutable ? EntryKind.Executable : EntryKind.File,
            new Member(path, member),
            Owner: null))], []);
    }

    private sealed class Member(string path, ZipMemberHeader header) : EntryContent
    {
        public override long Size => header.Size;

        public override Stream Open() => MemberStream.Open(path, header.DataOffset, header.CompressedSize, deflated: header.Method == 8);
    }
}
