using System.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>Runs the real npm with local packages: no registry is asked.</summary>
public sealed class NpmInstallerTests : IDisposable
{
    private const string OneDependency = """{"name": "l", "version": "1.0.0", "dependencies": {"one": "file:../one"}}""";

    /// <summary>The first npm that installs a local package that another local package names.</summary>
    private const string NestedLocalPackages = "11.5";

    private readonly NodeProject _project = new();

    public void Dispose() => _project.Dispose();

    [RequiresNpmClientFact(NestedLocalPackages)]
    public async Task A_package_and_what_it_needs_go_to_node_modules_and_a_lock_file_pins_them()
    {
        _project.Package("one", "one", """ "dependencies": {"@s/two": "file:../two"} """).Package("two", "@s/two").Manifest(OneDependency);

        NpmContent content = (await _project.InstallAsync())!;

        NpmInstallation installation = content.Installations[Architecture.X64];
        Assert.Equal(
            [
                "nodejs/node_modules/@s/two/index.js", "nodejs/node_modules/@s/two/package.json",
                "nodejs/node_modules/one/index.js", "nodejs/node_modules/one/package.json",
            ],
            installation.Files.Select(f => f.Path.Value));
        Assert.Contains("node_modules/@s/two", File.ReadAllText(_project.Lock), StringComparison.Ordinal);
        Assert.Equal(["Layer 'tested': wrote package-lock.json. Commit it."], _project.Log.Diagnostics.Select(d => d.Message));
        Assert.Contains(_project.Lock, content.InputFiles);
        Assert.Contains(_project["one/index.js"], content.InputFiles);
    }

    [RequiresNpmClientFact(NestedLocalPackages)]
    public async Task Packages_say_who_they_are_and_what_they_need()
    {
        _project.Package("one", "one", """ "description": "The\nfirst", "dependencies": {"@s/two": "file:../two"} """)
            .Package("two", "@s/two").Manifest(OneDependency);

        NpmInstallation installation = (await _project.InstallAsync())!.Installations[Architecture.X64];

        Assert.Equal(
            [("@s/two", "1.0.0", false, "nodejs/node_modules"), ("one", "1.0.0", true, "nodejs/node_modules")],
            installation.Packages.Select(p => (p.Name, p.Version, p.Requested, p.Folder)));
        Assert.Equal(["@s/two"], installation.Packages[1].Requires);
        Assert.Equal("Name: one\nVersion: 1.0.0\nSummary: The first\nLicense-Expression: MIT\n", installation.Packages[1].Metadata);
        LayerTree tree = installation.Claim(Tree(installation.Files));
        Assert.Equal(["@s/two", "@s/two", "one", "one"], tree.Entries.Select(e => e.Owner?.Name));
        Assert.Equal(installation.Packages, tree.Packages);
    }

    [RequiresNpmClientFact(NestedLocalPackages)]
    public async Task A_package_with_no_file_left_is_not_in_the_layer()
    {
        _project.Package("one", "one", """ "dependencies": {"two": "file:../two"} """).Package("two", "two").Manifest(OneDependency);
        NpmInstallation installation = (await _project.InstallAsync())!.Installations[Architecture.X64];

        LayerTree tree = installation.Claim(Tree(installation.Files.Where(f => f.Path.Value.Contains("/two/", StringComparison.Ordinal))));

        Assert.Equal(["two"], tree.Packages.Select(p => p.Name));
    }

    [RequiresNpmClientFact]
    public async Task Npm_is_not_started_again_when_nothing_changed()
    {
        _project.Package("one", "one").Manifest(OneDependency);
        NpmContent first = (await _project.InstallAsync())!;
        _project.NoNpm();

        NpmContent? second = await _project.InstallAsync();

        Assert.NotNull(second);
        Assert.Equal(NodeProject.Describe(first.Installations[Architecture.X64]), NodeProject.Describe(second.Installations[Architecture.X64]));
    }

    [RequiresNpmClientTheory]
    [InlineData("layer/package.json", """{"name": "l", "version": "1.0.1", "dependencies": {"one": "file:../one"}}""")]
    [InlineData("layer/.npmrc", "fetch-retries=1\n")]
    [InlineData("one/index.js", "module.exports = 2;\n")]
    [InlineData("one/added.js", "module.exports = 3;\n")]
    public async Task Npm_is_started_again_when_a_file_that_it_reads_changed(string file, string text)
    {
        _project.Package("one", "one").Manifest(OneDependency);
        await _project.InstallAsync();
        _project.Write(file, text);
        NpmContent? content = await _project.InstallAsync();
        Assert.NotNull(content);
        if (file.StartsWith("one/", StringComparison.Ordinal))
        {
            ContentFile changed = content.Installations[Architecture.X64].Files.Single(f => f.Path.Value == $"nodejs/node_modules/{file}");
            Assert.Equal(text, File.ReadAllText(changed.SourcePath));
        }

        _project.Write(file, text + "\n");
        _project.NoNpm();
        Assert.Null(await _project.InstallAsync());
        Assert.StartsWith("LB2032", Assert.Single(_project.Errors), StringComparison.Ordinal);
    }

    [RequiresNpmClientTheory]
    [InlineData("installed.txt")]
    [InlineData("tree/layer/node_modules/one/index.js")]
    public async Task A_half_finished_folder_is_not_trusted(string missing)
    {
        _project.Package("one", "one").Manifest(OneDependency);
        NpmContent first = (await _project.InstallAsync())!;
        File.Delete(Path.Combine(_project.Folder, "npm-x86_64", missing));
        File.WriteAllText(Path.Combine(_project.Folder, "npm-x86_64", "tree", "layer", "node_modules", "junk.js"), "");

        NpmContent second = (await _project.InstallAsync())!;

        Assert.Equal(NodeProject.Describe(first.Installations[Architecture.X64]), NodeProject.Describe(second.Installations[Architecture.X64]));
    }

    [RequiresNpmClientFact]
    public async Task A_lock_file_that_does_not_fit_is_resolved_again_and_the_build_says_so()
    {
        _project.Package("one", "one").Package("two", "two").Manifest(OneDependency);
        await _project.InstallAsync();
        _project.Manifest("""{"name": "l", "version": "1.0.0", "dependencies": {"one": "file:../one", "two": "file:../two"}}""");

        NpmContent? content = await _project.InstallAsync();

        Assert.Contains(content!.Installations[Architecture.X64].Packages, p => p.Name == "two");
        Assert.Contains("node_modules/two", File.ReadAllText(_project.Lock), StringComparison.Ordinal);
        Assert.StartsWith("Layer 'tested': package-lock.json does not match package.json (Missing: two@", Assert.Single(_project.Log.Diagnostics).Message, StringComparison.Ordinal);
    }

    [RequiresNpmClientFact]
    public async Task A_lock_file_that_does_not_fit_is_an_error_in_locked_mode()
    {
        _project.Package("one", "one").Package("two", "two").Manifest(OneDependency);
        await _project.InstallAsync();
        string locked = File.ReadAllText(_project.Lock);
        _project.Manifest("""{"name": "l", "version": "1.0.0", "dependencies": {"one": "file:../one", "two": "file:../two"}}""");
        _project.Options = new NpmOptions { LockedMode = true };

        Assert.Null(await _project.InstallAsync());

        string error = Assert.Single(_project.Errors);
        Assert.StartsWith("LB2005", error, StringComparison.Ordinal);
        Assert.Contains("package-lock.json does not match package.json (Missing: two@", error, StringComparison.Ordinal);
        Assert.Equal(_project.Lock, _project.Log.Diagnostics[^1].File);
        Assert.DoesNotContain("Usage", error, StringComparison.Ordinal);
        Assert.Equal(locked, File.ReadAllText(_project.Lock));
    }

    [RequiresNpmClientFact]
    public async Task A_missing_lock_file_is_an_error_when_locked_mode_was_asked_for()
    {
        _project.Package("one", "one").Manifest(OneDependency);
        _project.Options = new NpmOptions { LockedMode = true, LockedModeExplicit = true };

        Assert.Null(await _project.InstallAsync());

        Assert.StartsWith("LB2005", Assert.Single(_project.Errors), StringComparison.Ordinal);
        Assert.False(File.Exists(_project.Lock));
    }

    [RequiresNpmClientFact]
    public async Task A_missing_lock_file_is_a_warning_in_a_CI_build_and_none_is_written()
    {
        _project.Package("one", "one").Manifest(OneDependency);
        _project.Options = new NpmOptions { LockedMode = true };

        Assert.NotNull(await _project.InstallAsync());

        Assert.StartsWith("LB2005", Assert.Single(_project.Warnings), StringComparison.Ordinal);
        Assert.False(File.Exists(_project.Lock));
    }

    [RequiresNpmClientFact]
    public async Task Locking_writes_the_lock_file_anew()
    {
        _project.Package("one", "one").Manifest(OneDependency);
        await _project.InstallAsync();
        string locked = File.ReadAllText(_project.Lock);
        File.WriteAllText(_project.Lock, locked.Replace("\"version\": \"1.0.0\"", "\"version\": \"0.9.0\"", StringComparison.Ordinal));

        await _project.RelockAsync();

        Assert.Equal(locked, File.ReadAllText(_project.Lock));
    }

    [RequiresNpmClientFact]
    public async Task A_shrinkwrap_file_is_a_lock_file()
    {
        _project.Package("one", "one").Manifest(OneDependency);
        await _project.InstallAsync();
        File.Move(_project.Lock, _project["layer/npm-shrinkwrap.json"]);

        Assert.NotNull(await _project.InstallAsync());

        Assert.False(File.Exists(_project.Lock));
        Assert.Empty(_project.Log.Diagnostics);
    }

    [RequiresNpmClientFact]
    public async Task Links_to_local_packages_are_followed_to_what_npm_would_pack_of_them()
    {
        _project.Package("layer/vendor/one", "one", """ "files": ["index.js"], "dependencies": {"two": "file:../two"} """)
            .Package("layer/vendor/two", "two", """ "dependencies": {"one": "file:../one"} """)
            .Package("other", "other", """ "version": "" """)
            .Manifest("""{"name": "l", "version": "1.0.0", "dependencies": {"one": "file:./vendor/one", "other": "file:../other"}}""");
        _project.Write("layer/vendor/one/test.js", "");
        _project.Write("layer/vendor/two/.npmrc", "//registry.example.com/:_authToken=secret\n");
        _project.RunNpm("install", "--package-lock-only", "--install-links=false");
        Assert.Contains("\"link\": true", File.ReadAllText(_project.Lock), StringComparison.Ordinal);

        NpmContent? content = await _project.InstallAsync();

        Assert.Empty(_project.Log.Diagnostics);
        Assert.Equal(
            [
                "one/index.js", "one/package.json", "other/index.js", "other/package.json", "two/index.js", "two/package.json",
            ],
            content!.Installations[Architecture.X64].Files.Select(f => f.Path.Value["nodejs/node_modules/".Length..]));
        Assert.All(content.Installations[Architecture.X64].Files, f => Assert.NotEqual(EntryKind.SymbolicLink, f.Kind));
    }

    [RequiresNpmClientFact(NestedLocalPackages)]
    public async Task A_lock_file_that_does_not_pin_what_a_linked_package_needs_is_written_again()
    {
        _project.Package("one", "one", """ "dependencies": {"two": "file:../two"} """).Package("two", "two").Manifest(OneDependency);
        _project.RunNpm("install", "--package-lock-only", "--install-links=false");
        string locked = File.ReadAllText(_project.Lock);
        Assert.DoesNotContain("node_modules/two", locked, StringComparison.Ordinal);
        _project.Options = new NpmOptions { LockedMode = true };

        Assert.Null(await _project.InstallAsync());
        Assert.StartsWith("LB2005: Layer 'tested': package-lock.json does not match package.json (it links to ../one but does not pin what that needs;", Assert.Single(_project.Errors), StringComparison.Ordinal);

        _project.Options = new NpmOptions();
        NpmContent? content = await _project.InstallAsync();
        Assert.Equal(["one", "two"], content!.Installations[Architecture.X64].Packages.Select(p => p.Name));
        Assert.Contains("node_modules/two", File.ReadAllText(_project.Lock), StringComparison.Ordinal);
    }

    [RequiresNpmClientFact]
    public async Task Workspaces_become_packages()
    {
        _project.Package("layer/packages/one", "one", """ "dependencies": {"two": "1.0.0"} """).Package("layer/packages/two", "two")
            .Manifest("""{"name": "l", "version": "1.0.0", "workspaces": ["packages/*"]}""");

        NpmContent? content = await _project.InstallAsync();

        Assert.Equal(
            ["nodejs/node_modules/one/index.js", "nodejs/node_modules/one/package.json", "nodejs/node_modules/two/index.js", "nodejs/node_modules/two/package.json"],
            content!.Installations[Architecture.X64].Files.Select(f => f.Path.Value));
    }

    [RequiresNpmClientFact]
    public async Task What_only_development_needs_stays_out()
    {
        _project.Package("one", "one", """ "devDependencies": {"tool": "file:../tool"} """).Package("two", "two").Package("tool", "tool")
            .Manifest("""{"name": "l", "version": "1.0.0", "dependencies": {"one": "file:../one"}, "devDependencies": {"two": "file:../two"}}""");

        NpmContent? content = await _project.InstallAsync();

        Assert.Equal(["one"], content!.Installations[Architecture.X64].Packages.Select(p => p.Name));
    }

    [RequiresNpmClientFact(NestedLocalPackages)]
    public async Task Settings_of_one_user_do_not_shape_the_layer()
    {
        _project.Package("one", "one", """ "dependencies": {"two": "file:../two"}, "optionalDependencies": {"three": "file:../three"} """)
            .Package("two", "two").Package("three", "three").Package("dev", "dev")
            .Manifest("""{"name": "l", "version": "1.0.0", "dependencies": {"one": "file:../one"}, "devDependencies": {"dev": "file:../dev"}}""");
        IEnumerable<string> plain = NodeProject.Describe((await _project.InstallAsync())!.Installations[Architecture.X64]).ToArray();
        Directory.Delete(_project.Folder, recursive: true);
        Directory.CreateDirectory(_project.Folder);
        foreach ((string name, string value) in new[]
        {
            ("npm_config_omit", "optional"), ("npm_config_include", "dev"), ("npm_config_global", "true"), ("npm_config_prefix", _project["elsewhere"]),
            ("npm_config_dry_run", "true"), ("npm_config_install_strategy", "nested"), ("npm_config_package_lock", "false"), ("NODE_ENV", "development"),
            ("npm_config_os", "win32"), ("NPM_CONFIG_CPU", "arm64"), ("npm_config_ignore_scripts", "false"), ("npm_lifecycle_event", "build"),
        })
        {
            _project.Set(name, value);
        }

        _project.Write("home/.npmrc", """
            omit[]=optional
            include[]=dev
            also=dev
            optional=false
            global=true
            location=global
            dry-run=true
            install-strategy=linked
            install-links=false
            package-lock=false
            package-lock-only=false
            ignore-scripts=false
            engine-strict=true
            legacy-peer-deps=true
            workspaces=true
            os=win32
            loglevel=silly
            json=false
            """);

        NpmContent? content = await _project.InstallAsync();

        Assert.Empty(_project.Errors.Concat(_project.Warnings));
        Assert.Equal(plain, NodeProject.Describe(content!.Installations[Architecture.X64]));
        Assert.False(Directory.Exists(_project["elsewhere"]));
    }

    [RequiresNpmClientFact]
    public async Task A_workspace_around_the_project_is_left_alone()
    {
        _project.Package("one", "one").Manifest(OneDependency);
        string outer = _project.Write("package.json", """{"name": "outer", "workspaces": ["layer", "obj/**"]}""");

        Assert.NotNull(await _project.InstallAsync());

        Assert.True(File.Exists(_project.Lock));
        Assert.False(Directory.Exists(_project["node_modules"]));
        Assert.False(File.Exists(_project["package-lock.json"]));
        Assert.True(File.Exists(outer));
    }

    [RequiresNpmClientFact]
    public async Task Same_bytes_in_another_folder()
    {
        using var other = new NodeProject();
        foreach (NodeProject project in new[] { _project, other })
        {
            project.Package("one", "one", """ "bin": {"one": "cli.js"} """).Manifest(OneDependency);
            project.Write("one/cli.js", "#!/usr/bin/env node\n");
        }

        NpmContent first = (await _project.InstallAsync())!;
        NpmContent second = (await other.InstallAsync())!;

        Assert.Equal(NodeProject.Describe(first.Installations[Architecture.X64]), NodeProject.Describe(second.Installations[Architecture.X64]));
        Assert.Equal(File.ReadAllText(_project.Lock), File.ReadAllText(other.Lock));
    }

    [RequiresNpmClientFact]
    public async Task Programs_are_executable_by_what_they_are()
    {
        _project.Package("one", "one", """ "bin": {"one": "index.js"} """).Manifest(OneDependency);
        _project.Write("one/run.sh", "#!/bin/sh\n");
        _project.Write("one/native", ElfBuilder.Library(ElfBuilder.X64));
        _project.Write("one/empty", "");

        NpmContent? content = await _project.InstallAsync();

        Assert.Equal(
            ["nodejs/node_modules/one/native", "nodejs/node_modules/one/run.sh"],
            content!.Installations[Architecture.X64].Files.Where(f => f.Kind == EntryKind.Executable).Select(f => f.Path.Value));
    }

    [RequiresNpmClientFact]
    public async Task Links_to_programs_and_caches_stay_out()
    {
        _project.Package("one", "one", """ "bin": {"one": "index.js"} """).Manifest(OneDependency);
        await _project.InstallAsync();
        string modules = Path.Combine(_project.Folder, "npm-x86_64", "tree", "layer", "node_modules");

        Assert.False(Directory.Exists(Path.Combine(modules, ".bin")));
        Assert.True(File.Exists(Path.Combine(modules, ".package-lock.json")));
        Assert.DoesNotContain((await _project.InstallAsync())!.Installations[Architecture.X64].Files, f => f.Path.Value.Contains("/.", StringComparison.Ordinal));
    }

    [RequiresNpmClientFact(NestedLocalPackages)]
    public async Task Each_architecture_gets_its_own_optional_packages()
    {
        _project.Layer = _project.Layer with { Architectures = Architecture.All };
        _project.Package("x64", "one-x64", """ "os": ["linux"], "cpu": ["x64"], "libc": ["glibc"] """)
            .Package("musl", "one-musl", """ "os": ["linux"], "cpu": ["x64"], "libc": ["musl"] """)
            .Package("arm64", "one-arm64", """ "os": ["linux"], "cpu": ["arm64"] """)
            .Package("mac", "one-mac", """ "os": ["darwin"], "cpu": ["arm64"] """)
            .Package("one", "one", """
                "optionalDependencies": {"one-x64": "file:../x64", "one-musl": "file:../musl", "one-arm64": "file:../arm64", "one-mac": "file:../mac"}
                """)
            .Manifest(OneDependency);

        NpmContent? content = await _project.InstallAsync();

        Assert.Equal(["one", "one-x64"], content!.Installations[Architecture.X64].Packages.Select(p => p.Name));
        Assert.Equal(["one", "one-arm64"], content.Installations[Architecture.Arm64].Packages.Select(p => p.Name));
    }

    [RequiresNpmClientFact]
    public async Task One_installation_serves_both_architectures_when_nothing_asks_for_one_of_them()
    {
        _project.Layer = _project.Layer with { Architectures = Architecture.All };
        _project.Package("one", "one").Manifest(OneDependency);

        NpmContent? content = await _project.InstallAsync();

        Assert.Equal(content!.Installations[Architecture.X64].Files, content.Installations[Architecture.Arm64].Files);
        Assert.False(Directory.Exists(Path.Combine(_project.Folder, "npm-arm64")));
    }

    [RequiresNpmClientFact]
    public async Task A_required_package_may_be_for_Lambda_only()
    {
        _project.Layer = _project.Layer with { Architectures = [Architecture.Arm64] };
        _project.Package("one", "one", """ "os": ["linux"], "cpu": ["arm64"] """).Manifest(OneDependency);
        NpmContent? arm = await _project.InstallAsync();
        _project.Layer = _project.Layer with { Architectures = [Architecture.X64] };

        Assert.Equal(["one"], arm!.Installations[Architecture.Arm64].Packages.Select(p => p.Name));
        Assert.Null(await _project.InstallAsync());
        string error = Assert.Single(_project.Errors);
        Assert.StartsWith("LB2035: Layer 'tested': the package one 1.0.0 is required, but is not for Linux with glibc on x86_64", error, StringComparison.Ordinal);
    }

    [RequiresNpmClientFact(NestedLocalPackages)]
    public async Task Install_scripts_do_not_run_and_packages_that_need_theirs_are_named()
    {
        _project.Layer = _project.Layer with { Architectures = Architecture.All };
        _project.Package("one", "one", """ "scripts": {"install": "node -e \"require('fs').writeFileSync('ran', '')\""}, "dependencies": {"two": "file:../two", "three": "file:../three"} """)
            .Package("two", "two").Package("three", "three", """ "scripts": {"postinstall": "false"} """)
            .Manifest(OneDependency);
        _project.Write("two/binding.gyp", "{}");
        _project.Write("three/prebuilds/linux-x64/three.node", ElfBuilder.Library(ElfBuilder.X64));

        NpmContent? content = await _project.InstallAsync();

        Assert.DoesNotContain(content!.Installations[Architecture.X64].Files, f => f.Path.FileName == "ran");
        Assert.Equal(2, _project.Warnings.Count());
        Assert.StartsWith("LB2030: Layer 'tested': two 1.0.0 has an install script, which was not run, and brings no native file for Linux on x86_64.", _project.Warnings.First(), StringComparison.Ordinal);
        Assert.StartsWith("LB2030: Layer 'tested': one 1.0.0, three 1.0.0, two 1.0.0 have install scripts, which were not run, and bring no native file for Linux on arm64.", _project.Warnings.Last(), StringComparison.Ordinal);

        _project.Layer = _project.Layer with { AllowFindings = ["LB2030:t*", "LB2030:one"] };
        await _project.InstallAsync();
        Assert.Empty(_project.Warnings);
    }

    [RequiresNpmClientFact]
    public async Task A_package_for_other_versions_of_Node_is_a_warning()
    {
        _project.Layer = _project.Layer with { Runtimes = [LambdaRuntime.Find("nodejs18.x")!, LambdaRuntime.Find("nodejs22.x")!] };
        _project.Package("one", "one", """ "engines": {"node": "^20.9 || >=22"} """).Manifest(OneDependency);

        await _project.InstallAsync();

        Assert.StartsWith("LB2031: Layer 'tested': it is for nodejs18.x, but some of its packages are for other versions of Node.js: one 1.0.0 needs ^20.9 || >=22. ", Assert.Single(_project.Warnings), StringComparison.Ordinal);

        _project.Layer = _project.Layer with { AllowFindings = ["LB2031:one"] };
        await _project.InstallAsync();
        Assert.Empty(_project.Warnings);
    }

    [RequiresNpmClientFact]
    public async Task A_lock_file_that_cannot_be_written_is_a_warning()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        _project.Package("one", "one").Manifest(OneDependency);
        Directory.CreateDirectory(_project.Lock);

        Assert.NotNull(await _project.InstallAsync());

        Assert.StartsWith("LB2014: Layer 'tested': the lock file package-lock.json cannot be written", Assert.Single(_project.Warnings), StringComparison.Ordinal);
    }

    [RequiresNpmClientFact]
    public async Task Slim_leaves_out_what_no_require_reads()
    {
        _project.Package("one", "one").Manifest(OneDependency);
        foreach (string file in new[] { "index.d.ts", "index.js.map", "readme.md", "LICENSE.md", "data.ts", "lib/a.d.mts" })
        {
            _project.Write($"one/{file}", "x");
        }

        _project.Layer = _project.Layer with { Slim = true };

        Assert.Equal(
            ["LICENSE.md", "data.ts", "index.js", "package.json"],
            (await _project.InstallAsync())!.Installations[Architecture.X64].Files.Select(f => f.Path.Value["nodejs/node_modules/one/".Length..]));
    }

    [RequiresNpmClientFact]
    public async Task A_package_json_without_dependencies_needs_no_npm()
    {
        _project.Manifest("""{"type": "module"}""");
        _project.NoNpm();

        NpmContent? content = await _project.InstallAsync();

        Assert.Empty(content!.Installations[Architecture.X64].Files);
        Assert.Contains(_project["layer/package.json"], content.InputFiles);
    }

    [RequiresNpmClientFact]
    public async Task A_layer_of_another_language_has_no_npm_packages()
    {
        _project.Manifest(OneDependency);
        _project.Layer = _project.Layer with { Runtimes = [LambdaRuntime.Find("python3.13")!] };

        Assert.Same(NpmContent.None, await _project.InstallAsync());
    }

    [RequiresNpmClientTheory]
    [InlineData("file:../nothing", "does not exist")]
    [InlineData("file:/nothing", "by a path on this machine")]
    [InlineData("file:~/nothing", "by a path on this machine")]
    [InlineData("file:../empty", "there is no package.json in it")]
    public async Task A_local_dependency_that_npm_cannot_use_is_said_before_npm_starts(string range, string words)
    {
        Directory.CreateDirectory(_project["empty"]);
        _project.Manifest("""{"dependencies": {"one": "RANGE"}}""".Replace("RANGE", range, StringComparison.Ordinal));
        _project.NoNpm();

        Assert.Null(await _project.InstallAsync());

        Assert.StartsWith("LB2034: ", Assert.Single(_project.Errors), StringComparison.Ordinal);
        Assert.Contains(words, _project.Errors.Single(), StringComparison.Ordinal);
        Assert.Equal(_project["layer/package.json"], _project.Log.Diagnostics.Single().File);
    }

    [RequiresNpmClientFact]
    public async Task A_broken_package_json_is_reported_with_its_line()
    {
        _project.Manifest("{\n  \"dependencies\": {\"one\": \"1\",}\n}");

        Assert.Null(await _project.InstallAsync());

        Assert.Equal(("LB2033", 2), (_project.Log.Diagnostics.Single().Code, _project.Log.Diagnostics.Single().Line));
    }

    [RequiresNpmClientFact]
    public async Task A_lock_file_with_the_marks_of_a_merge_is_reported()
    {
        _project.Package("one", "one").Manifest(OneDependency);
        _project.Write("layer/package-lock.json", "{\n<<<<<<< HEAD\n");

        Assert.Null(await _project.InstallAsync());

        Assert.Equal(("LB2033", 2), (_project.Log.Diagnostics.Single().Code, _project.Log.Diagnostics.Single().Line));
        Assert.Equal(_project.Lock, _project.Log.Diagnostics.Single().File);
    }

    [RequiresNpmClientFact]
    public async Task What_npm_says_of_a_failure_holds_no_credentials_no_logs_and_no_stack()
    {
        _project.Manifest("""{"dependencies": {"is-number": "7.0.0"}}""");
        _project.Write("layer/.npmrc", "registry=http://user:hunter2@127.0.0.1:9/\n//127.0.0.1:9/:_authToken=hunter3\nfetch-retries=0\n");
        _project.Set("npm_config_offline", null);

        Assert.Null(await _project.InstallAsync());

        string error = Assert.Single(_project.Errors);
        Assert.StartsWith("LB2011: Layer 'tested': npm failed (ECONNREFUSED): ", error, StringComparison.Ordinal);
        Assert.Contains("http://127.0.0.1:9/is-number", error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter", error, StringComparison.Ordinal);
        Assert.DoesNotContain("_logs", error, StringComparison.Ordinal);
        Assert.DoesNotContain("    at ", error, StringComparison.Ordinal);
    }

    [RequiresNpmClientFact]
    public async Task A_local_package_that_npm_does_not_find_comes_with_a_way_out()
    {
        _project.Package("one", "one", """ "dependencies": {"two": "file:../two-1.0.0.tgz"} """).Package("two", "two").Manifest(OneDependency);
        _project.Pack("two");

        Assert.Null(await _project.InstallAsync());
        Assert.EndsWith("Name the folder in the layer's package.json too.", Assert.Single(_project.Errors), StringComparison.Ordinal);

        _project.Package("one", "one", """ "dependencies": {"two": "file:../two"} """)
            .Manifest("""{"name": "l", "version": "1.0.0", "dependencies": {"one": "file:../one", "two": "file:../two"}}""");
        Assert.NotNull(await _project.InstallAsync());
    }

    [RequiresNpmClientFact]
    public async Task The_project_s_npmrc_does_not_stay_in_the_work_folder()
    {
        _project.Package("one", "one").Manifest(OneDependency);
        _project.Write("layer/.npmrc", "//127.0.0.1:9/:_authToken=hunter3\n");

        await _project.InstallAsync();

        Assert.Empty(Directory.EnumerateFiles(_project.Folder, ".npmrc", SearchOption.AllDirectories));
    }

    [RequiresNpmClientFact]
    public async Task A_lock_file_that_names_another_tarball_is_a_hash_mismatch()
    {
        _project.Package("one", "one").Manifest("""{"dependencies": {"one": "file:../one-1.0.0.tgz"}}""");
        _project.Pack("one");
        await _project.InstallAsync();
        string locked = File.ReadAllText(_project.Lock);
        int hash = locked.IndexOf("sha512-", StringComparison.Ordinal) + "sha512-".Length;
        File.WriteAllText(_project.Lock, string.Concat(locked.AsSpan(0, hash), locked[hash] == 'A' ? "B" : "A", locked.AsSpan(hash + 1)));

        Assert.Null(await _project.InstallAsync());

        string error = Assert.Single(_project.Errors);
        Assert.StartsWith("LB2004", error, StringComparison.Ordinal);
        Assert.Contains("node_modules/one", error, StringComparison.Ordinal);
        Assert.Contains(_project.Lock, error, StringComparison.Ordinal);
    }

    [RequiresNpmClientFact]
    public async Task Without_npm_the_error_says_what_to_install()
    {
        _project.Package("one", "one").Manifest(OneDependency);
        _project.NoNpm();

        Assert.Null(await _project.InstallAsync());

        Assert.Equal(
            "LB2032: npm 10.3 or newer is needed to install packages for another platform, but there is no npm on PATH. Install Node.js 20.11 or newer, which brings it, or run: npm install --global npm@latest",
            Assert.Single(_project.Errors));
    }

    [RequiresNpmClientTheory]
    [InlineData("echo 9.2.0", "is npm 9.2.0")]
    [InlineData("echo broken >&2; exit 3", "exit code 3 (broken)")]
    public async Task An_npm_that_does_not_do_is_named(string script, string words)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        _project.Package("one", "one").Manifest(OneDependency);
        _project.FakeNpm(script);

        Assert.Null(await _project.InstallAsync());

        string error = Assert.Single(_project.Errors);
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.Contains(_project["fake/npm"], error, StringComparison.Ordinal);
    }

    [RequiresNpmClientFact]
    public async Task Cancelling_ends_npm_with_its_children_and_leaves_nothing_that_is_trusted()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        _project.Package("one", "one").Manifest(OneDependency);
        await _project.InstallAsync();
        _project.Write("one/index.js", "changed");
        string pids = _project["pids"];
        _project.FakeNpm($"[ \"$1\" = --version ] && echo 11.0.0 && exit 0\nsleep 300 &\necho $$ $! > '{pids.Replace("'", "'\\''", StringComparison.Ordinal)}.new'\nmv '{pids.Replace("'", "'\\''", StringComparison.Ordinal)}.new' '{pids.Replace("'", "'\\''", StringComparison.Ordinal)}'\nwait\n");
        using var cancellation = new CancellationTokenSource();
        Task<NpmContent?> install = _project.InstallAsync(cancellation.Token);
        while (!File.Exists(pids) && !install.IsCompleted)
        {
            await Task.Delay(10, CancellationToken.None);
        }

        int[] processes = [.. File.ReadAllText(pids).Split().Where(p => p.Length > 0).Select(int.Parse)];
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => install);
        Assert.Equal(2, processes.Length);
        Assert.All(processes, AssertEnds);
        Assert.False(File.Exists(Path.Combine(_project.Folder, "npm-x86_64", "installed.txt")));
    }

    private static void AssertEnds(int id)
    {
        try
        {
            using Process process = Process.GetProcessById(id);
            Assert.True(process.WaitForExit(TimeSpan.FromSeconds(10)));
        }
        catch (ArgumentException)
        {
            // It has ended.
        }
    }

    private static LayerTree Tree(IEnumerable<ContentFile> files) =>
        new([.. files.Select(f => new LayerEntry(f.Path, f.Kind, new DiskContent(f.SourcePath, f.Size), null))], []);
}
