using LayerBuild.Formats.Zip;
using LayerBuild.Lambda;

namespace LayerBuild.Formats.Wheel;

/// <summary>A file of a wheel, whose bytes were verified.</summary>
internal sealed class WheelContent(ResolvedWheel wheel, WheelMember member) : EntryContent
{
    public ResolvedWheel Wheel { get; } = wheel;

    public WheelMember Member { get; } = member;

    public override long Size => Member.Size;

    public override Stream Open() => MemberStream.Open(Wheel.Path, Member.DataOffset, Member.CompressedSize, Member.Deflated);

    public override void HashTo(Span<byte> sha256) => Member.Sha256.Span.CopyTo(sha256);
}
