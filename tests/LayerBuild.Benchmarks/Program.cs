using LayerBuild.Benchmarks;
using var work = new WorkFolder();

// dotnet run -c Release --project tests/LayerBuild.Benchmarks -- [--wheels DIR --workloads DIR] [--python EXE] [--runtime ID] [--runs N] [--only NAME]
var options = BenchmarkOptions.Parse(args);
if (options is null)
{
    Console.Error.WriteLine("""
        usage: LayerBuild.Benchmarks [--wheels DIR] [--workloads DIR] [--python EXE] [--runtime ID] [--runs N] [--only NAME]
          --wheels     folder of wheels; left out, synthetic ones are made
          --workloads  folder of requirement files NAME.txt, one workload each; needed with --wheels
          --python     interpreter that runs pip for the comparison (python3)
          --runtime    Lambda runtime that the layers are for (python3.11)
          --runs       paired runs of each case (5)
          --only       one workload, or projects for none of them
        """);
    return 2;
}

foreach (Workload workload in options.Workloads(work))
{
    string cache = new WorkloadBenchmark(options, workload, work).Run();
    new VerifyBenchmark(options, cache).Run();
}

new ProjectBenchmark(options, work).Run();
return 0;
