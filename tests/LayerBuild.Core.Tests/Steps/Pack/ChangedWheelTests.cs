using LayerBuild.Diagnostics;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Pack;

public sealed class ChangedWheelTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_wheel_that_changes_under_the_build_never_gets_into_a_zip(bool shorter)
    {
        using var layer = new LayerFixture("python3.12");
        ResolvedWheel wheel = layer.Install("python3.12", new WheelBuilder("dist", "1.0")
            .File("dist/a.py", "x = 1\n")
            .Member(new ZipMember("dist/large.bin", LargeContent.Random(400_000)) { Method = ZipMethod.DeflatedAsStoredBlocks }));
        using var packed = PackedFixture.Of(layer);
        string before = packed.Sha256;

        // Resolved and installed, but not packed yet.
        LayerTree tree = layer.Build();
        byte[] bytes = File.ReadAllBytes(wheel.Path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(wheel.Path, shorter ? bytes[..(bytes.Length / 2)] : bytes);

        Diagnostic error = Assert.Throws<DiagnosticException>(
            () => new LayerPacker(packed.Options, packed.Log).Pack(tree, packed["next.zip"], packed["obj/next.bin"], CancellationToken.None)).Diagnostic;
        Assert.Equal("LB2004", error.Code);
        Assert.Contains(wheel.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains(wheel.Sha256, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, packed.Sha256);
    }

    [Fact]
    public void The_same_bytes_from_another_build_are_no_change()
    {
        using var layer = new LayerFixture("python3.12");
        ResolvedWheel wheel = layer.Install("python3.12", new WheelBuilder("dist", "1.0").File("dist/a.py", "x = 1\n"));
        using var packed = PackedFixture.Of(layer);
        string before = packed.Sha256;
        File.SetLastWriteTimeUtc(wheel.Path, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        packed.Pack(layer);
        Assert.Equal(before, packed.Sha256);
    }
}
