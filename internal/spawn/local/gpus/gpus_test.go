package gpus

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/hub"
)

// The outputs in testdata have the forms of nvidia-smi 470 to 560 and rocm-smi 5 and 6.
func recorded(t *testing.T, tools map[string]string) func(context.Context, string, ...string) ([]byte, error) {
	return func(_ context.Context, name string, _ ...string) ([]byte, error) {
		file := tools[name]
		if file == "" {
			return nil, errors.New("no such tool")
		}
		out, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Error(err)
		}
		return out, nil
	}
}

// kernel is a file system with these files.
func kernel(t *testing.T, files map[string]string) string {
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestWhatIsFound(t *testing.T) {
	of := func(maker string, pairs ...string) (list []hub.Device) {
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, hub.Device{Maker: maker, ID: pairs[i], Name: pairs[i+1]})
		}
		return list
	}
	const gfx = "simd_count %\nunique_id ?\ndrm_render_minor 128\n"
	node := func(simd, id string) string { return strings.NewReplacer("%", simd, "?", id).Replace(gfx) }
	tests := []struct {
		name  string
		tools map[string]string
		files map[string]string
		want  []hub.Device
	}{
		{"nothing", nil, nil, nil},
		{"two cards by nvidia-smi", map[string]string{"nvidia-smi": "nvidia-smi-two.txt"}, map[string]string{"dev/nvidia7": ""}, of(hub.MakerNVIDIA,
			"GPU-4cf8db2d-06c0-7d70-1a51-e59b25b2c16c", "NVIDIA A100-SXM4-40GB", "GPU-89b1f2f3-5b1a-9d0c-66a1-0c1dbe0f4f90", "NVIDIA A100-SXM4-40GB")},
		{"a card that is shared out", map[string]string{"nvidia-smi": "nvidia-smi-mig.txt"}, nil, of(hub.MakerNVIDIA,
			"MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f", "NVIDIA A100-PCIE-40GB 3g.20gb",
			"MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb", "NVIDIA A100-PCIE-40GB 1g.5gb",
			"GPU-aabc3ae4-ad4e-8f1d-1d15-eb4c3a0a8bdc", "Tesla T4")},
		{"none by nvidia-smi", map[string]string{"nvidia-smi": "nvidia-smi-none.txt"}, nil, nil},
		{"NVIDIA's driver without its tool", nil, map[string]string{
			"proc/driver/nvidia/gpus/0000:3b:00.0/information": "Model: \t\t Tesla T4\nIRQ:   \t\t 163\nGPU UUID: \t GPU-8e4e5b2c-bf7d-1d3b-8ed1-dd1b7d0b7a52\nDevice Minor: \t 0\n",
			"proc/driver/nvidia/gpus/0000:5e:00.0/information": "Model: \t\t Tesla T4\nGPU UUID: \t GPU-????????-????-????-????-????????????\nDevice Minor: \t 1\n",
		}, of(hub.MakerNVIDIA, "GPU-8e4e5b2c-bf7d-1d3b-8ed1-dd1b7d0b7a52", "Tesla T4", "1", "Tesla T4")},
		{"NVIDIA's files alone", nil, map[string]string{"dev/nvidia0": "", "dev/nvidia1": "", "dev/nvidiactl": "", "dev/nvidia-uvm": ""}, of(hub.MakerNVIDIA, "0", "", "1", "")},
		{"two cards by rocm-smi", map[string]string{"rocm-smi": "rocm-smi.json"}, nil, of(hub.MakerAMD,
			"GPU-6d1d2f4ae4f0c2b1", "AMD Instinct MI210", "GPU-0d1d2f4ae4f0c2b2", "AMD Instinct MI210")},
		{"a card without an id of its own", map[string]string{"rocm-smi": "rocm-smi-apu.json"}, nil, of(hub.MakerAMD, "0", "AMD Radeon Graphics")},
		{"AMD's by the kernel", map[string]string{"rocm-smi": "nvidia-smi-none.txt"}, map[string]string{
			"sys/class/kfd/kfd/topology/nodes/0/properties":  node("0", "0"),
			"sys/class/kfd/kfd/topology/nodes/2/properties":  node("416", "7862397230474085041"),
			"sys/class/kfd/kfd/topology/nodes/2/name":        "aldebaran\n",
			"sys/class/kfd/kfd/topology/nodes/10/properties": node("32", "0"),
			"sys/class/kfd/kfd/topology/nodes/10/name":       "gfx1103\n",
		}, of(hub.MakerAMD, "GPU-6d1cd89fd56c42b1", "aldebaran", "1", "gfx1103")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Find(t.Context(), Source{Root: kernel(t, tt.files), Run: recorded(t, tt.tools)})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
