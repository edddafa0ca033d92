using System.Text;
using LayerBuild.Harness;

namespace LayerBuild;

/// <summary>The same bytes from every machine.</summary>
public sealed class ReproducibilityTests
{
    /// <summary>Of the zip that <see cref="WriteContent"/> makes. It may change only with a new major version.</summary>
    private const string Golden = "698f3d2de28094fab26127e43e4fe25fb87554acf1c4a4d87bb9f04f5e932a3b";

    private const string Items = """<LambdaLayer Include="one" CompatibleRuntimes="python3.13" CompatibleArchitectures="x86_64;arm64" />""";

    [Fact]
    public void The_bytes_of_a_zip_do_not_drift()
    {
        using var project = new LayerProject();
        WriteContent(project.Folder, reversed: false);
        project.Items(Items);

        project.Build().Succeeded();

        Assert.Equal(Golden, project.Zip("one").Sha256);
    }

    [UnixFact]
    public void Other_folders_times_masks_zones_and_locales_give_the_same_bytes()
    {
        using CliProject plain = CliProject.LayersOnly();
        Directory.Delete(plain["layers"], recursive: true);
        WriteContent(plain.Folder, reversed: false);
        plain.Succeed("build");

        using CliProject other = CliProject.LayersOnly("ein längerer Name @ 'x' " + new string('o', 60));
        Directory.Delete(other["layers"], recursive: true);
        WriteContent(other.Folder, reversed: true);
        foreach (string file in other.Files("layers"))
        {
            File.SetLastWriteTimeUtc(other[file], new DateTime(2031, 12, 31, 23, 59, 59, DateTimeKind.Utc));
        }

        var environment = new Dictionary<string, string?>(other.Environment)
        {
            ["TZ"] = "Pacific/Kiritimati",
            ["LANG"] = "tr_TR.UTF-8",
            ["LC_ALL"] = "tr_TR.UTF-8",
            ["USER"] = "nobody",
            ["SOURCE_DATE_EPOCH"] = "1700000000",
        };
        DotnetCommand.Finish(DotnetCommand.Start(other.Folder, environment, "sh", "-c", "umask 077; exec dotnet build -m")).Succeeded();

        string[] outputs = plain.Files("bin/Debug/layers");
        Assert.Equal(outputs, other.Files("bin/Debug/layers"));
        Assert.Contains("bin/Debug/layers/one.zip", outputs);
        foreach (string output in outputs.Where(f => Path.GetFileName(f).StartsWith("one.", StringComparison.Ordinal)))
        {
            Assert.Equal(File.ReadAllBytes(plain[output]), File.ReadAllBytes(other[output]));
        }

        Assert.Equal(Golden, other.Zip("bin/Debug/layers/one.zip").Sha256);
    }

    [Fact]
    public void An_edit_gives_the_bytes_of_a_build_from_nothing()
    {
        using var edited = new LayerProject();
        WriteContent(edited.Folder, reversed: false);
        edited.Write("layers/one/python/b.py", "before = 1\n");
        edited.Write("layers/one/python/gone.py", "before = 1\n");
        edited.Items(Items).Build().Succeeded();
        File.Delete(edited["layers/one/python/gone.py"]);
        WriteContent(edited.Folder, reversed: true);

        edited.Build().Succeeded();

        Assert.Equal(Golden, edited.Zip("one").Sha256);
    }

    /// <summary>Text, bytes that do not compress, nothing, something to run, a link, names beyond ASCII.</summary>
    private static void WriteContent(string project, bool reversed)
    {
        var text = new StringBuilder();
        var noise = new byte[50_000];
        uint state = 1;
        for (int i = 0; i < noise.Length; i++)
        {
            state = state * 1664525 + 1013904223;
            noise[i] = (byte)(state >> 24);
            text.Append((char)('a' + (state >> 28))).Append(i % 60 == 59 ? '\n' : ' ');
        }

        (string Path, byte[] Bytes)[] files =
        [
            ("bin/tool", "#!/bin/sh\nexit 0\n"u8.ToArray()),
            ("lib/noise.bin", noise),
            ("python/a.py", Encoding.UTF8.GetBytes(text.ToString())),
            ("python/b.py", "x = 1\n"u8.ToArray()),
            ("python/empty/__init__.py", []),
            ("python/İı/ß.txt", "é\n"u8.ToArray()),
        ];
        foreach ((string path, byte[] bytes) in reversed ? files.Reverse() : files)
        {
            string full = Path.Combine(project, "layers", "one", path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllBytes(full, bytes);
        }

        string link = Path.Combine(project, "layers", "one", "lib", "noise");
        File.Delete(link);
        File.CreateSymbolicLink(link, "noise.bin");
    }
}
