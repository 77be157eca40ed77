using System.CommandLine;
using Edge.Hil.Data;

namespace Edge.Hil;

internal static class Program
{
    private static int Main(string[] args) =>
        new RootCommand("The rig: plant, emulated devices, tasks, data and evaluation.")
        {
            new Command("data", "Make training data") { PlannerDataCommand.Create() },
        }
        .Parse(args)
        .Invoke();
}
