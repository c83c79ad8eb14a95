using Integration.Tests.Harness;

namespace Integration.Tests.Stacks;

/// <summary>
/// The calls that a kubelet makes for a pod with one container, on containerd's CRI with the page's configuration
/// (field numbers: cri-api, runtime/v1/api.proto).
/// </summary>
[VmOnly]
[Collection("containerd")]
public sealed class KubernetesTests(ContainerdFixture stack)
{
    private const int Running = 1;
    private const int Exited = 2;

    [Fact]
    public void The_page_has_the_runtime_class_that_names_the_configured_handler()
    {
        Assert.Contains("handler: cctl\n", IntegrationPage.Verbatim("runtimeclass.yaml"), StringComparison.Ordinal);
        Assert.Contains("runtimeClassName: cctl\n", IntegrationPage.Verbatim("pod.yaml"), StringComparison.Ordinal);
        Assert.Contains("containerd.runtimes.cctl]", IntegrationPage.Block("/etc/containerd/config.toml"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Each), MemberType = typeof(Runtimes))]
    public void A_pod_lives_as_a_kubelet_drives_it(string runtime)
    {
        using var cri = new CriClient(stack.Socket);
        Assert.All(cri.Call("Status", new()).Message(1).Messages(1), condition => Assert.True(condition.Number(2) == 1, condition.Text(1) + ": " + condition.Text(4)));
        string name = Cctl.NewId();
        ProtoWriter sandboxConfig = Sandbox(name);
        string sandbox = cri.Call("RunPodSandbox", new ProtoWriter().Message(1, sandboxConfig).Text(2, runtime)).Text(1);
        try
        {
            Assert.StartsWith("10.88.77.", cri.Call("PodSandboxStatus", new ProtoWriter().Text(1, sandbox)).Message(1).Message(5).Text(1), StringComparison.Ordinal);
            string container = cri.Call("CreateContainer", new ProtoWriter().Text(1, sandbox).Message(2, Container()).Message(3, sandboxConfig)).Text(1);
            cri.Call("StartContainer", new ProtoWriter().Text(1, container));
            Assert.Equal(Running, Status(cri, container).Number(3));
            Checks(cri, container);
            cri.Call("StopContainer", new ProtoWriter().Text(1, container).Number(2, 1));
            ProtoReader ended = Status(cri, container);
            Assert.Equal(Exited, ended.Number(3));
            Assert.Equal(137, ended.Number(7));
            cri.Call("RemoveContainer", new ProtoWriter().Text(1, container));
        }
        finally
        {
            cri.Call("StopPodSandbox", new ProtoWriter().Text(1, sandbox));
            cri.Call("RemovePodSandbox", new ProtoWriter().Text(1, sandbox));
        }

        // The shim bears the id until it has ended, too.
        Eventually.True(() => Leftovers.Processes(sandbox).Count == 0, Place.Deadline(6), () => $"processes {string.Join(' ', Leftovers.Processes(sandbox))} are left", 500);
    }

    // What probes, `kubectl exec`, the metrics server and the cpu manager ask for.
    private static void Checks(CriClient cri, string container)
    {
        ProtoReader exec = Exec(cri, container, "id -u; ip -o addr show eth0 | grep -c 'inet 10.88'; cat /sys/fs/cgroup/memory.max; exit 3");
        Assert.Equal("7\n1\n67108864\n", exec.Text(1));
        Assert.Equal(3, exec.Number(3));
        cri.Call("UpdateContainerResources", new ProtoWriter().Text(1, container).Message(2, new ProtoWriter().Number(4, 128 << 20)));
        Assert.Equal("134217728\n", Exec(cri, container, "cat /sys/fs/cgroup/memory.max").Text(1));
        ProtoReader stats = cri.Call("ContainerStats", new ProtoWriter().Text(1, container)).Message(1);
        Assert.True(stats.Message(2).Message(2).Number(1) > 0, "no processor time is counted");
        Assert.True(stats.Message(3).Message(2).Number(1) > 0, "no memory is counted");
    }

    private static ProtoReader Exec(CriClient cri, string container, string script) =>
        cri.Call("ExecSync", new ProtoWriter().Text(1, container).Text(2, "sh", "-c", script).Number(3, 60));

    private static ProtoReader Status(CriClient cri, string container) => cri.Call("ContainerStatus", new ProtoWriter().Text(1, container)).Message(1);

    private static ProtoWriter Sandbox(string name) => new ProtoWriter()
        .Message(1, new ProtoWriter().Text(1, name).Text(2, name + "-uid").Text(3, "default"))
        .Text(2, "pod")
        .Message(8, new ProtoWriter().Text(1, $"kubepods-besteffort-{name.Replace("-", "", StringComparison.Ordinal)}.slice").Message(2, new ProtoWriter().Message(1, OwnProcesses())));

    // NamespaceOption: each container has a pid namespace of its own, as shareProcessNamespace: false means.
    private static ProtoWriter OwnProcesses() => new ProtoWriter().Number(2, 1);

    private static ProtoWriter Container() => new ProtoWriter()
        .Message(1, new ProtoWriter().Text(1, "main"))
        .Message(2, new ProtoWriter().Text(1, ContainerdFixture.Image))
        .Text(3, "sleep", "1000")
        .Message(15, new ProtoWriter()
            .Message(1, new ProtoWriter().Number(1, 100000).Number(2, 50000).Number(3, 512).Number(4, 64 << 20))
            .Message(2, new ProtoWriter().Message(3, OwnProcesses()).Message(5, new ProtoWriter().Number(1, 7)).Number(7, 1).Number(11, 1)));
}
