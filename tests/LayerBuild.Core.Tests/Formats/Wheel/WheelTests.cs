using System.Globalization;
using System.Security.Cryptography;
using LayerBuild.Files;
using LayerBuild.Lambda;
using LayerBuild.Steps.Stage;

namespace LayerBuild.Formats.Wheel;

/// <summary>What the binary distribution format says of a wheel's files, and what a layer makes of them.</summary>
public sealed class WheelTests
{
    [Theory]
    [InlineData("stored")]
    [InlineData("data descriptor")]
    [InlineData("bare data descriptor")]
    [InlineData("zip64")]
    [InlineData("stored blocks")]
    [InlineData("extra field")]
    [InlineData("no mode")]
    [InlineData("empty without a block")]
    public void Every_way_to_keep_a_member_reads_the_same(string way)
    {
        byte[] bytes = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * i >> 3))];
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("dist", "1.0").File("dist/a.bin", bytes).File("dist/empty", "").EachMember(m => way switch
        {
            "stored" => m with { Method = ZipMethod.Stored },
            "data descriptor" => m with { DataDescriptor = true },
            "bare data descriptor" => m with { DataDescriptor = true, BareDescriptor = true },
            "zip64" => m with { Zip64 = true },
            "stored blocks" => m with { Method = ZipMethod.DeflatedAsStoredBlocks },
            "extra field" => m with { Extra = [0x55, 0x54, 1, 0, 0] },
            "no mode" => m with { Host = 0 },
            _ => m.Data.Length == 0 ? m with { Method = ZipMethod.Stored, MethodNumber = 8 } : m,
        }));

        layer.Build();

        Assert.Equal(bytes, layer.Bytes("python/dist/a.bin"));
        Assert.Equal([], layer.Bytes("python/dist/empty"));
        Assert.Empty(layer.Log.Diagnostics);
    }

    [Fact]
    public void RECORD_may_use_stronger_hashes_quotes_and_CRLF()
    {
        string sha512 = Convert.ToBase64String(SHA512.HashData("x"u8)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("dist", "1.0")
            .File("a,b.py", "x")
            .File("c.py", "x").RecordRow("c.py", $"\"c.py\",sha512={sha512},1\r")
            .ExtraRecordRow("").ExtraRecordRow($"\"c.py\",sha512={sha512},1"));

        layer.Build();

        Assert.Equal("x", layer.Text("python/a,b.py"));
        Assert.Contains("\"a,b.py\",sha256=", layer.Text("python/dist-1.0.dist-info/RECORD"), StringComparison.Ordinal);
    }

    [Fact]
    public void Data_folders_are_merged_whatever_their_case_and_separators()
    {
        using var layer = new LayerFixture("python3.12");
        var wheel = new WheelBuilder("My-Dist", "1.0").NamedDistInfo("My.Dist-1.0.dist-info");
        foreach (string data in (string[])["my_dist-1.0.data", "My-Dist-1.0.data", "MY.DIST-1.0.data"])
        {
            wheel.File($"{data}/purelib/pure{data[2]}.py", "1").File($"{data}/platlib/plat{data[2]}.py", "2");
        }

        layer.Install("python3.12", wheel.File("my_dist-1.0.data/headers/a.h", "no").File("my_dist-1.0.data/data/share/x.txt", "data"));

        layer.Build();

        Assert.Equal(
            ["python/plat-.py", "python/plat..py", "python/plat_.py", "python/pure-.py", "python/pure..py", "python/pure_.py", "python/share/x.txt"],
            layer.Tree!.Entries.Select(e => e.Path.Value).Where(p => !p.Contains("dist-info", StringComparison.Ordinal)));
    }

    [Fact]
    public void Scripts_go_to_bin_with_Lambdas_Python()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("dist", "1.0")
            .Data("scripts", "one", "#!python\nprint(1)\n")
            .Data("scripts", "two", "#!pythonw -E\r\nprint(2)\n")
            .Data("scripts", "three", "#!/bin/sh\necho 3\n")
            .Data("scripts", "tool.exe", "MZ")
            .Data("scripts", "tool-script.py", "#!python\n")
            .EntryPoint("console_scripts", "tool", "dist.cli:app.main [extra]")
            .EntryPoint("gui_scripts", "window", "dist:show")
            .EntryPoint("other.group", "nothing", "dist"));

        layer.Build();

        Assert.Equal("#!/var/lang/bin/python3.12\nprint(1)\n", layer.Text("python/bin/one"));
        Assert.Equal("#!/var/lang/bin/python3.12\nprint(2)\n", layer.Text("python/bin/two"));
        Assert.Equal("#!/bin/sh\necho 3\n", layer.Text("python/bin/three"));
        Assert.StartsWith("#!/var/lang/bin/python3.12\nimport ", layer.Text("python/bin/tool"), StringComparison.Ordinal);
        Assert.Contains("from dist.cli import app\n", layer.Text("python/bin/tool"), StringComparison.Ordinal);
        Assert.Contains("sys.exit(app.main())", layer.Text("python/bin/tool"), StringComparison.Ordinal);
        Assert.Equal(
            ["one", "three", "tool", "two", "window"],
            layer.Tree!.Entries.Where(e => e.Path.IsUnder("python/bin")).Select(e => e.Path.FileName));
        Assert.All(layer.Tree.Entries.Where(e => e.Path.IsUnder("python/bin")), e => Assert.Equal(Lambda.EntryKind.Executable, e.Kind));
    }

    [Fact]
    public void An_x_bit_of_the_wheel_stays_and_others_do_not_come()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("dist", "1.0")
            .File("dist/run.sh", "x", executable: true)
            .File("dist/read.txt", "x")
            .Member(new ZipMember("dist/group.sh", [1]) { Mode = Convert.ToInt32("100610", 8) })
            .Member(new ZipMember("dist/device", [1]) { Mode = Convert.ToInt32("020777", 8) }));

        layer.Build();

        Assert.Equal(Lambda.EntryKind.Executable, layer.Entry("python/dist/run.sh").Kind);
        Assert.Equal(Lambda.EntryKind.Executable, layer.Entry("python/dist/group.sh").Kind);
        Assert.Equal(Lambda.EntryKind.File, layer.Entry("python/dist/read.txt").Kind);
        Assert.Equal(Lambda.EntryKind.File, layer.Entry("python/dist/device").Kind);
    }

    [Fact]
    public void A_symbolic_link_becomes_a_text_file_and_is_mentioned()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("dist", "1.0").Link("dist/link", "/etc/passwd"));

        layer.Build();

        Assert.Equal(Lambda.EntryKind.File, layer.Entry("python/dist/link").Kind);
        Assert.Equal("/etc/passwd", layer.Text("python/dist/link"));
        Assert.Equal(["LB2020"], layer.Codes);
    }

    [Fact]
    public void A_newer_minor_Wheel_Version_is_a_warning()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("dist", "1.0").File("a.py", "").WheelVersion("1.9"));

        layer.Build();

        Assert.Equal(["LB2020"], layer.Codes);
        Assert.Contains("1.9", layer.Log.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_dist_info_says_who_installed_and_what_was_asked_for()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("dist", "1.0")
            .File("dist.py", "")
            .Info("INSTALLER", "pip\n").Info("direct_url.json", "{\"url\":\"file:///home/me\"}").Info("REQUESTED", "")
            .Info("RECORD.jws", "{}").Info("licenses/LICENSE", "MIT").Info("sboms/a.json", "{}").Info("top_level.txt", "dist\n"));
        layer.Install("python3.12", new WheelBuilder("needed", "1.0").File("needed.py", ""), requested: false);

        layer.Build();

        string[] Info(string dist) =>
            [.. layer.Tree!.Entries.Where(e => e.Path.IsUnder($"python/{dist}-1.0.dist-info")).Select(e => e.Path.Value[$"python/{dist}-1.0.dist-info/".Length..])];
        Assert.Equal(["INSTALLER", "METADATA", "RECORD", "REQUESTED", "WHEEL", "licenses/LICENSE", "sboms/a.json", "top_level.txt"], Info("dist"));
        Assert.Equal(["INSTALLER", "METADATA", "RECORD", "WHEEL"], Info("needed"));
        Assert.Equal("LayerBuild\n", layer.Text("python/dist-1.0.dist-info/INSTALLER"));
    }

    [Fact]
    public void RECORD_tells_the_truth_about_the_staged_tree()
    {
        using var layer = new LayerFixture("python3.11", "python3.12");
        layer.Install("*", new WheelBuilder("dist", "1.0")
            .File("dist/__init__.py", "x = 1\n").File("dist/__pycache__/__init__.cpython-310.pyc", "old").File("dist/left.txt", "left out")
            .Data("scripts", "one", "#!python\n").Data("headers", "a.h", "").EntryPoint("console_scripts", "tool", "dist:main"));
        layer.Install("python3.11", new WheelBuilder("only", "1.0", "cp311-cp311-manylinux2014_x86_64").Platlib().File("only.py", "").Data("scripts", "two", "#!python\n"));
        layer.Layer = layer.Layer with { ExcludeFiles = ["left.txt"] };

        layer.Build();

        foreach (string folder in (string[])["python/", "python/lib/python3.11/site-packages/"])
        {
            string info = folder == "python/" ? "dist-1.0.dist-info" : "only-1.0.dist-info";
            string[] rows = layer.Text($"{folder}{info}/RECORD").TrimEnd('\n').Split('\n');
            var files = layer.Tree!.Entries.Where(e => e.Owner!.Folder + "/" == folder).ToDictionary(e => e.Path.Value[folder.Length..]);
            Assert.Equal(files.Keys.Order(StringComparer.Ordinal), rows.Select(r => r.Split(',')[0]));
            foreach (string[] row in rows.Select(r => r.Split(',')))
            {
                byte[] bytes = layer.Bytes(folder + row[0]);
                string hash = Convert.ToBase64String(SHA256.HashData(bytes)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
                Assert.Equal(row[0] == $"{info}/RECORD" ? ["", ""] : [$"sha256={hash}", bytes.Length.ToString(CultureInfo.InvariantCulture)], row[1..]);
            }
        }

        Assert.Equal("#!/var/lang/bin/python3.11\n", layer.Text("python/lib/python3.11/site-packages/bin/two"));
        Assert.Equal("#!/var/lang/bin/python3\n", layer.Text("python/bin/one"));
    }

    [Fact]
    public void A_verified_wheel_is_not_inflated_again()
    {
        using var layer = new LayerFixture("python3.12");
        ResolvedWheel wheel = layer.Install("python3.12", new WheelBuilder("dist", "1.0").File("dist.py", "x = 1\n").Requires("six"));
        LayerTree first = layer.Build();
        Assert.True(File.Exists(wheel.Path + ".index"));
        byte[] text = layer.Bytes("python/dist.py");

        // With the index, the central directory is not even looked at.
        byte[] bytes = File.ReadAllBytes(wheel.Path);
        bytes.AsSpan(bytes.Length - 22).Clear();
        File.WriteAllBytes(wheel.Path, bytes);
        LayerTree second = layer.Build();

        Assert.Equal(first.Entries.Select(e => (e.Path, e.Kind, e.Content.Size)), second.Entries.Select(e => (e.Path, e.Kind, e.Content.Size)));
        Assert.Equal(text, layer.Bytes("python/dist.py"));
        Assert.Equal("Requires-Dist: six", second.Packages[0].Metadata.Split('\n')[3]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(200)]
    [InlineData(-1)]
    public void A_damaged_index_is_made_again(int damage)
    {
        using var layer = new LayerFixture("python3.12");
        ResolvedWheel wheel = layer.Install("python3.12", new WheelBuilder("dist", "1.0").File("dist.py", "x = 1\n"));
        layer.Build();
        byte[] index = File.ReadAllBytes(wheel.Path + ".index");
        byte[] damaged = [.. index];
        damaged[damage < 0 ? damaged.Length - 1 : damage] ^= 1;
        File.WriteAllBytes(wheel.Path + ".index", damaged);

        layer.Build();

        Assert.Equal(index, File.ReadAllBytes(wheel.Path + ".index"));
    }

    [Fact]
    public void The_index_of_another_wheel_is_not_trusted()
    {
        using var layer = new LayerFixture("python3.12");
        ResolvedWheel wheel = layer.Install("python3.12", new WheelBuilder("dist", "1.0").File("dist.py", "x = 1\n"));
        layer.Build();
        using var other = new LayerFixture("python3.12");
        ResolvedWheel second = other.Install("python3.12", new WheelBuilder("dist", "1.0").File("dist.py", "x = 22\n"));
        File.Copy(wheel.Path + ".index", second.Path + ".index");

        other.Build();

        Assert.Equal("x = 22\n", other.Text("python/dist.py"));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_only_costs_time()
    {
        if (OperatingSystem.IsWindows() || Environment.UserName == "root")
        {
            // Modes do not hold these back; a folder in the index's place does.
            using var blocked = new LayerFixture("python3.12");
            ResolvedWheel wheel = blocked.Install("python3.12", new WheelBuilder("dist", "1.0").File("dist.py", ""));
            Directory.CreateDirectory(wheel.Path + ".index");
            blocked.Build();
            Assert.Empty(blocked.Log.Diagnostics);
            Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(wheel.Path)!, "*.tmp"));
            return;
        }

        using var layer = new LayerFixture("python3.12");
        ResolvedWheel read = layer.Install("python3.12", new WheelBuilder("dist", "1.0").File("dist.py", ""));
        string folder = Path.GetDirectoryName(read.Path)!;
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            layer.Build();
            Assert.Empty(layer.Log.Diagnostics);
        }
        finally
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [RequiresPythonFact]
    public void The_wheel_of_pip_itself_is_installed_as_pip_installs_it()
    {
        (_, string found) = Programs.Run(
            TestPython.Newest.Path, Path.GetTempPath(), [],
            "-c", "import ensurepip, pathlib; print(next(pathlib.Path(ensurepip.__file__).parent.glob('_bundled/pip-*.whl')))");
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", found.Trim());
        layer.Build();
        string stage = layer.Folder["stage"];
        StageDirectory.Fill(stage, layer.Tree!, CancellationToken.None);
        string target = layer.Folder["target"];
        (int exit, string output) = Programs.Run(
            TestPython.Newest.Path, layer.Folder.Path, [],
            "-m", "pip", "--isolated", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-compile", "--target", target, found.Trim());
        Assert.True(exit == 0, output);

        string[] own = ["INSTALLER", "RECORD", "REQUESTED", "direct_url.json"];
        Assert.Equal(Files(target), Files(Path.Combine(stage, "python")));
        (int imported, string version) = Programs.Run(
            TestPython.Newest.Path, layer.Folder.Path, [],
            "-I", "-c", $"import sys; sys.path.insert(0, {Quote(Path.Combine(stage, "python"))}); import pip, importlib.metadata as m; print(pip.__file__, m.version('pip'), len(m.files('pip')))");
        Assert.True(imported == 0 && version.Contains(Path.Combine(stage, "python"), StringComparison.Ordinal), version);
        (int ran, string help) = Programs.Run(TestPython.Newest.Path, layer.Folder.Path, [], "-I", Path.Combine(stage, "python/bin/pip3"), "--version");
        Assert.True(ran == 0 && help.Contains(Path.Combine(stage, "python"), StringComparison.Ordinal), help);

        // Names, and the bytes of all that a wheel brings as it is.
        string[] Files(string folder) =>
        [
            .. from file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
               where !own.Contains(Path.GetFileName(file)) && !Path.GetFileName(file).StartsWith("pip3.", StringComparison.Ordinal) && !file.Contains("__pycache__", StringComparison.Ordinal)
               let name = Path.GetRelativePath(folder, file)
               orderby name
               select name.StartsWith("bin", StringComparison.Ordinal) ? name : $"{name} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}",
        ];

        static string Quote(string text) => $"r'''{text}'''".Replace("\\", "\\\\", StringComparison.Ordinal);
    }

    [Fact]
    public void Non_ASCII_names_stay_as_they_are()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("dist", "1.0").File("dist/naïve-名.txt", "x"));

        layer.Build();

        Assert.Equal("x", layer.Text("python/dist/naïve-名.txt"));
        Assert.Contains("dist/naïve-名.txt,sha256=", layer.Text("python/dist-1.0.dist-info/RECORD"), StringComparison.Ordinal);
    }

    [RequiresInstalledWheelsFact]
    public void Real_wheels_are_valid()
    {
        using var folder = new TemporaryDirectory();
        foreach (string path in InstalledWheels.Bundled.Concat(InstalledWheels.WriteTo(folder.Path)).Concat(TestWheels.All))
        {
            using var layer = new LayerFixture("python3.11");
            string copy = layer.Folder["wheels/" + Path.GetFileName(path)];
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
            layer.Install("python3.11", copy);
            layer.Build();
            Assert.DoesNotContain(layer.Log.Diagnostics, d => d.Severity == Diagnostics.Severity.Error);
        }
    }
}
