using System.IO.Compression;
using System.Text.Json;
using LayerBuild.Harness;

namespace LayerBuild;

/// <summary>Layers with Python packages: real pip, wheels made for the test, no index.</summary>
public sealed class PackagesTests
{
    [RequiresPythonFact]
    public void Packages_are_installed_for_every_declared_runtime()
    {
        using LayerProject project = WithWheels();
        project.Items("""<LambdaLayer Include="one" Packages="my-dist" CompatibleRuntimes="python3.12;python3.13" CompatibleArchitectures="x86_64;arm64" />""");

        BuildOutcome build = project.Build().Succeeded();

        Assert.Equal(["one"], build.Built);
        Assert.Contains(build.Messages, m => m.StartsWith("one: 2 packages, ", StringComparison.Ordinal));
        Assert.Equal(
            [
                "python/my_base-1.0.dist-info/INSTALLER", "python/my_base-1.0.dist-info/METADATA", "python/my_base-1.0.dist-info/RECORD", "python/my_base-1.0.dist-info/WHEEL",
                "python/my_base/__init__.py",
                "python/my_dist-1.0.dist-info/INSTALLER", "python/my_dist-1.0.dist-info/METADATA", "python/my_dist-1.0.dist-info/RECORD", "python/my_dist-1.0.dist-info/REQUESTED", "python/my_dist-1.0.dist-info/WHEEL",
                "python/my_dist/__init__.py",
            ],
            project.Zip("one").Names.Order(StringComparer.Ordinal));
        Assert.Equal("LayerBuild\n", project.Zip("one").Text("python/my_dist-1.0.dist-info/INSTALLER"));

        Assert.Empty(project.Build().Succeeded().LayerTasks);
    }

    [RequiresPythonFact]
    public void Native_packages_make_a_zip_per_architecture_and_a_folder_per_python()
    {
        using LayerProject project = WithWheels();
        foreach (string tag in new[] { "cp312-cp312-manylinux_2_28_x86_64", "cp313-cp313-manylinux_2_28_x86_64", "cp312-cp312-manylinux_2_28_aarch64", "cp313-cp313-manylinux_2_28_aarch64" })
        {
            new WheelBuilder("my-native", "1.0", tag).Platlib().File("my_native/tag.py", $"tag = '{tag}'\n").WriteTo(project.Wheels);
        }

        project.Items("""<LambdaLayer Include="one" Packages="my-native;my-base" CompatibleRuntimes="python3.12;python3.13" CompatibleArchitectures="x86_64;arm64" />""");
        Assert.Equal(["one-arm64", "one-x86_64"], project.Build().Succeeded().Built);

        Assert.Contains("cp313-manylinux_2_28_aarch64", project.Zip("one-arm64").Text("python/lib/python3.13/site-packages/my_native/tag.py"), StringComparison.Ordinal);
        Assert.Contains("cp312-manylinux_2_28_x86_64", project.Zip("one-x86_64").Text("python/lib/python3.12/site-packages/my_native/tag.py"), StringComparison.Ordinal);
        Assert.Contains("python/my_base/__init__.py", project.Zip("one-arm64").Names);
        Assert.False(File.Exists(project.Zip("one").Path));
        using (JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(project.Output, "one-arm64.layer.json"))))
        {
            Assert.Equal("arm64", Assert.Single(manifest.RootElement.GetProperty("architectures").EnumerateArray()).GetString());
        }

        Assert.Empty(project.Build().Succeeded().LayerTasks);

        // The layer changes its shape: the zips that it no longer has go, with their intermediate files.
        project.Items("""<LambdaLayer Include="one" Packages="my-base" CompatibleRuntimes="python3.12;python3.13" CompatibleArchitectures="x86_64;arm64" />""");
        Assert.Equal(["one"], project.Build().Succeeded().Built);
        Assert.Equal(["one.zip"], project.Outputs().Where(f => f.EndsWith(".zip", StringComparison.Ordinal)));
        Assert.DoesNotContain("one-arm64.layer.json", project.Outputs());
        Assert.Equal(["python/my_base"], Directory.GetDirectories(Path.Combine(project.Intermediate, "one/stage/python")).Where(d => !d.Contains("dist-info", StringComparison.Ordinal)).Select(d => Path.GetRelativePath(Path.Combine(project.Intermediate, "one/stage"), d).Replace('\\', '/')));
        project.Build("Clean").Succeeded();
        Assert.False(Directory.Exists(project.Intermediate));
    }

    [RequiresPythonFact]
    public void An_edit_of_a_nested_requirement_file_rebuilds_its_layer_alone()
    {
        using LayerProject project = WithWheels();
        project.Write("layers/one/requirements.txt", "-r ../../shared/more.txt\n");
        project.Write("shared/more.txt", "-c limits.txt\nmy-base\n");
        project.Write("shared/limits.txt", "my-base<2\n");
        project.Write("layers/two/python/two.py", "");
        project.Items("""<LambdaLayer Include="one;two" CompatibleRuntimes="python3.13" />""");
        Assert.Equal(["one", "two"], project.Build().Succeeded().Built);
        Assert.DoesNotContain(project.Zip("one").Names, n => n.Contains("requirements", StringComparison.Ordinal));
        Assert.Empty(project.Build().Succeeded().LayerTasks);

        project.Write("shared/more.txt", "-c limits.txt\nmy-dist\n");
        Assert.Equal(["one"], project.Build().Succeeded().Built);
        Assert.Contains("python/my_dist/__init__.py", project.Zip("one").Names);

        project.Write("shared/limits.txt", "my-base<3\n");
        Assert.Equal(["one"], project.Build().Succeeded().Built);
        Assert.Empty(project.Build().Succeeded().LayerTasks);
    }

    [RequiresPythonFact]
    public void A_lock_file_is_written_beside_the_requirements_and_its_edit_rebuilds()
    {
        using LayerProject project = WithWheels();
        project.Write("layers/one/requirements.txt", "my-base\n");
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" />""");
        project.Build().Succeeded();
        string lockFile = project["layers/one/requirements.lock.txt"];
        Assert.Contains("my-base==1.0", File.ReadAllText(lockFile), StringComparison.Ordinal);
        Assert.Contains("--hash=sha256:", File.ReadAllText(lockFile), StringComparison.Ordinal);

        // The lock is what everybody builds from: a newer version on the index changes nothing until it is asked for.
        new WheelBuilder("my-base", "1.1").File("my_base/__init__.py", "newer = 1\n").WriteTo(project.Wheels);
        File.Delete(Path.Combine(project.Intermediate, "one", "state.txt"));
        project.Build().Succeeded();
        Assert.Equal("base = 1\n", project.Zip("one").Text("python/my_base/__init__.py"));

        project.Build("LockLambdaLayers").Succeeded();
        Assert.Contains("my-base==1.1", File.ReadAllText(lockFile), StringComparison.Ordinal);
        Assert.Equal(["one"], project.Build().Succeeded().Built);
        Assert.Equal("newer = 1\n", project.Zip("one").Text("python/my_base/__init__.py"));
    }

    [RequiresPythonFact]
    public void Requirements_that_come_to_nothing_are_an_empty_layer()
    {
        using LayerProject project = WithWheels();
        project.Write("layers/one/requirements.txt", "my-base; sys_platform == 'win32'\n");
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" />""");
        Assert.Contains("marker", project.Build().FailedWith("LB1006").Message, StringComparison.Ordinal);

        project.Write("layers/one/requirements.txt", "# nothing\n");
        Assert.Contains("marker", project.Build().FailedWith("LB1006").Message, StringComparison.Ordinal);
        Assert.Empty(project.Outputs());
    }

    [RequiresPythonFact]
    public void A_failed_resolution_leaves_the_earlier_zip()
    {
        using LayerProject project = WithWheels();
        project.Write("layers/one/requirements.txt", "my-base\n");
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" />""");
        project.Build().Succeeded();
        byte[] zip = project.Zip("one").Bytes;
        byte[] manifest = File.ReadAllBytes(Path.Combine(project.Output, "one.layer.json"));

        project.Write("layers/one/requirements.txt", "my-base\nno-such-package\n");
        for (int i = 0; i < 2; i++)
        {
            Assert.Contains("no-such-package", project.Build().FailedWith("LB2002").Message, StringComparison.Ordinal);
            Assert.Equal(zip, project.Zip("one").Bytes);
            Assert.Equal(manifest, File.ReadAllBytes(Path.Combine(project.Output, "one.layer.json")));
        }

        project.Write("layers/one/requirements.txt", "my-base\n");
        Assert.Equal(["one"], project.Build().Succeeded().Built);
        Assert.Equal(zip, project.Zip("one").Bytes);
    }

    [RequiresPythonFact(2)]
    public void The_Python_that_runs_pip_does_not_show_in_the_zip()
    {
        string[] hashes = new string[2];
        foreach (TestPython python in new[] { TestPython.Oldest, TestPython.Newest })
        {
            using LayerProject project = WithWheels();
            project.Properties($"<LambdaLayerPython>{python.Path}</LambdaLayerPython>");
            project.Items("""<LambdaLayer Include="one" Packages="my-dist" CompatibleRuntimes="python3.12" />""");
            project.Build().Succeeded();
            hashes[python == TestPython.Oldest ? 0 : 1] = project.Zip("one").Sha256;
        }

        Assert.Equal(hashes[0], hashes[1]);
    }

    [RequiresBundledPipFact]
    public void A_real_wheel_works_from_the_extracted_zip()
    {
        string wheel = RequiresBundledPipFactAttribute.Wheel!;
        using LayerProject project = WithWheels();
        File.Copy(wheel, Path.Combine(project.Wheels, Path.GetFileName(wheel)));
        project.Items("""<LambdaLayer Include="one" Packages="pip" CompatibleRuntimes="python3.13" />""");
        project.Build().Succeeded();

        string opt = TestHost.NewFolder("opt");
        ZipFile.ExtractToDirectory(project.Zip("one").Path, opt);
        CommandResult check = DotnetCommand.RunProgram(opt, TestPython.Newest.Path, "-I", "-c",
            "import sys, zipfile; sys.path.insert(0, 'python'); import pip; print(pip.__version__, pip.__file__); "
            + $"print(zipfile.ZipFile(r'{project.Zip("one").Path}').testzip())").Succeeded();

        Assert.Contains(Path.Combine("python", "pip", "__init__.py"), check.Output, StringComparison.Ordinal);
        Assert.Contains("None", check.Output, StringComparison.Ordinal);
        CommandResult record = DotnetCommand.RunProgram(opt, TestPython.Newest.Path, "-I", "-c",
            """
            import base64, csv, glob, hashlib, os
            for name in glob.glob('python/*.dist-info/RECORD'):
                for path, digest, size in csv.reader(open(name)):
                    data = open(os.path.join('python', path), 'rb').read()
                    assert not digest or digest == 'sha256=' + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode(), path
                    assert not size or int(size) == len(data), path
            print('RECORD is true')
            """);
        Assert.Contains("RECORD is true", record.Output, StringComparison.Ordinal);
    }

    private static LayerProject WithWheels()
    {
        var project = new LayerProject();
        new WheelBuilder("my-base", "1.0").File("my_base/__init__.py", "base = 1\n").WriteTo(project.Wheels);
        new WheelBuilder("My_Dist", "1.0").File("my_dist/__init__.py", "import my_base\n").Requires("my-base>=1").WriteTo(project.Wheels);
        return project;
    }
}
