using System.IO.Compression;
using System.Security.Cryptography;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Pack;

/// <summary>A zip of a test's layer, in a folder of its own, packed as a build packs it: beside, then moved into place.</summary>
internal sealed class PackedFixture : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public PackedFixture(PackOptions? options = null) => Options = (options ?? new PackOptions()) with
    {
        PreviousZip = _folder["layer.zip"],
        PreviousState = _folder["obj/pack.bin"],
    };

    public PackOptions Options { get; set; }

    public DiagnosticLog Log { get; } = new();

    public PackedLayer Layer { get; private set; } = null!;

    public string Folder => _folder.Path;

    public byte[] Bytes => File.ReadAllBytes(_folder["layer.zip"]);

    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(Bytes));

    public string StatePath => _folder["obj/pack.bin"];

    /// <summary>A full path in this fixture's folder.</summary>
    public string this[string relative] => _folder[relative];

    public static PackedFixture Of(LayerFixture layer, PackOptions? options = null)
    {
        var packed = new PackedFixture(options);
        packed.Pack(layer);
        return packed;
    }

    public void Pack(LayerFixture layer)
    {
        Directory.CreateDirectory(_folder["obj"]);
        LayerTree tree = layer.Build();
        Layer = new LayerPacker(Options, Log).Pack(tree, _folder["layer.zip.tmp"], _folder["obj/pack.bin.tmp"], CancellationToken.None);
        File.Move(Layer.Path, _folder["layer.zip"], overwrite: true);
        File.Move(_folder["obj/pack.bin.tmp"], _folder["obj/pack.bin"], overwrite: true);
        Layer = Layer with { Path = _folder["layer.zip"] };
        Assert.Equal(["obj/pack.bin"], Directory.GetFiles(_folder["obj"]).Select(f => "obj/" + Path.GetFileName(f)));
    }

    public ZipArchive Open() => ZipFile.OpenRead(_folder["layer.zip"]);

    public void Dispose() => _folder.Dispose();
}

/// <summary>Content of any size, the same in every run.</summary>
internal static class LargeContent
{
    /// <summary>What no encoder makes smaller.</summary>
    public static byte[] Random(int size)
    {
        byte[] bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Text of words that come again.</summary>
    public static byte[] Compressible(int size)
    {
        var random = new Random(size);
        byte[] bytes = new byte[size];
        for (int at = 0; at < size;)
        {
            int word = random.Next(500);
            for (int i = 0; i <= word % 9 && at < size; i++)
            {
                bytes[at++] = (byte)('a' + ((word * (i + 7)) % 26));
            }

            if (at < size)
            {
                bytes[at++] = (byte)' ';
            }
        }

        return bytes;
    }
}
