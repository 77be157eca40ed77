using System.CommandLine;
using Edge.Hil.Bench;
using Edge.Hil.Data;
using Edge.Hil.Demo;
using Edge.Hil.Evaluation;

namespace Edge.Hil;

internal static class Program
{
    private static int Main(string[] args) =>
        new RootCommand("The rig: plant, emulated devices, tasks, data and evaluation.")
        {
            new Command("data", "Make training data")
            {
                PlannerDataCommand.Create(),
                PolicyDataCommand.Create(),
                DataImportCommand.Create(),
                DataViewCommand.Create(),
            },
            EvaluationCommand.Create(),
            DemoCommand.Create(),
            BenchCommand.Create(),
        }
        .Parse(args)
        .Invoke();
}
