using LayerBuild.Harness;

namespace LayerBuild;

/// <summary>The README's first command, on a copy of the repository as git would make one.</summary>
public sealed class SampleTests
{
    /// <summary>Of share_package.zip. It may change only with the sample's content or a new major version.</summary>
    private const string Golden = "80068fea5c8234db3d693eb1a8890e2ac26d838e1c8dc1dc7dcd0ca9391ad847";

    [RequiresPythonFact]
    public void The_samples_build_from_a_fresh_clone()
    {
        using CliProject clone = Clone();

        string output = clone.Succeed("build", "samples/SharedCode").Output;
        Assert.Contains("share_package: 1 file, 165 bytes zipped, 40 bytes unzipped", output, StringComparison.Ordinal);
        LayerZip zip = clone.Zip("samples/SharedCode/bin/Debug/net10.0/layers/share_package.zip");
        Assert.Equal(["python/test2.py"], zip.Names);
        Assert.Equal("var_from_test2 = 'this is str in test2'\n", zip.Text("python/test2.py"));
        Assert.Equal(Golden, zip.Sha256);

        (string again, Binlog log) = clone.Succeed("build", "samples/SharedCode");
        Assert.Empty(log.LayerTasks);
        Assert.DoesNotContain("Packing", again, StringComparison.Ordinal);

        // From a folder of wheels, through pip's own settings; pip's own index is the usual place.
        string wheels = TestHost.NewFolder("wheels");
        new WheelBuilder("requests", "2.0").File("requests/__init__.py", "x = 1\n").WriteTo(wheels);
        clone.Environment["PIP_FIND_LINKS"] = wheels;
        Assert.Contains("requests-layer: 1 package, ", clone.Succeed("build", "samples/RequestsLayer").Output, StringComparison.Ordinal);
        Assert.Contains("python/requests/__init__.py", clone.Zip("samples/RequestsLayer/bin/Debug/net10.0/layers/requests-layer.zip").Names);
    }

    /// <summary>The work tree without what was built in it.</summary>
    private static CliProject Clone()
    {
        string[] built = ["bin", "obj", "artifacts", "TestResults", ".git", "node_modules"];
        var clone = new CliProject("clone");
        Copy(new DirectoryInfo(TestHost.Repository), clone.Folder);
        foreach (string made in clone.Files("samples/feed").Where(f => !f.EndsWith(".gitignore", StringComparison.Ordinal)).Concat(clone.Files("samples/RequestsLayer", "*.lock.txt")))
        {
            File.Delete(clone[made]);
        }

        return clone;

        void Copy(DirectoryInfo from, string to)
        {
            Directory.CreateDirectory(to);
            foreach (FileInfo file in from.EnumerateFiles())
            {
                file.CopyTo(Path.Combine(to, file.Name), overwrite: true);
            }

            foreach (DirectoryInfo folder in from.EnumerateDirectories().Where(d => !built.Contains(d.Name)))
            {
                Copy(folder, Path.Combine(to, folder.Name));
            }
        }
    }
}
